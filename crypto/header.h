// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One header per recipient device: a ratchet message that carries the payload's key and digest, and who
/// speaks to whom (docs/PROTOCOL.md, "Envelope"). The plaintext has one size per suite; so has the wire form
/// of each kind.

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace sotto::crypto {

enum class Suite : std::uint8_t {
    Classic = 1, ///< X3DH and double ratchet of libsignal, message version 3; XChaCha20-Poly1305 payloads
};

/// SHA-256 of an account key under a label: how accounts are named inside headers.
Digest accountHash(const AccountId& account);

/// Which device list a sender went by.
struct ListReference {
    std::uint64_t signerEpoch = 0;
    std::uint64_t version = 0;
    Digest hash;
    friend bool operator==(const ListReference&, const ListReference&) = default;
};

struct HeaderPlaintext {
    static constexpr std::size_t kSize = 275;

    std::uint16_t contentVersion = 1;
    SendId sendId;
    MessageId messageId;
    ShortSecret<32> payloadKey;
    Digest payloadDigest;
    Digest senderAccount; ///< accountHash()
    DeviceNumber senderDevice{};
    Digest recipientAccount; ///< accountHash()
    DeviceNumber recipientDevice{};
    ListReference senderList;    ///< the sender's own newest list
    ListReference recipientList; ///< the recipient's list as the sender used it
    std::uint64_t seqBase =
        0; ///< first number this recipient device was addressed with; 0 for content without one

    /// False when the header speaks of other devices than its session does: quarantine it.
    bool isBetween(const DeviceAddress& sender, const DeviceAddress& recipient) const;
};

enum class HeaderKind : std::uint8_t {
    Message = 1,       ///< on a session that both sides have
    PrekeyMessage = 2, ///< carries what its recipient needs to set the session up
};

inline constexpr std::size_t kMessageHeaderSize = 352;
inline constexpr std::size_t kPrekeyMessageHeaderSize = 424;

enum class HeaderRefusal {
    Malformed,
    UnknownSuite, ///< from a newer program: keep the bytes, they may open after an update
};
/// Reads the outside of a header without opening it.
Expected<HeaderKind, HeaderRefusal> inspectHeader(BytesView header);
/// The identity that a PrekeyMessage claims; nothing for other headers. A claim only, until it is opened.
std::optional<Curve25519Key> claimedIdentity(BytesView header);

} // namespace sotto::crypto
