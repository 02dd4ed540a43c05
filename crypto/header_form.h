// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The bytes of a header in suite 1. Private to crypto.
///
///     header  := suite ‖ kind ‖ u16 message length ‖ prekey part (kind 2 only) ‖ ratchet message ‖ zeros
///     prekey  := u32 signed prekey id ‖ u32 one-time prekey id (0: none) ‖ base key ‖ identity key
///
/// Numbers are big-endian. The prekey part is ours rather than libsignal's PreKeySignalMessage: of that, the
/// outer protobuf is covered by no MAC, so a relay could alter it unnoticed; of this, every byte either
/// enters the key agreement or is compared with the session it set up.

#include "crypto/header.h"
#include "crypto/protocol_store.h"

namespace sotto::crypto {

struct PrekeyPart {
    static constexpr std::size_t kSize = 72;
    PrekeyId signedPrekey{};
    PrekeyId oneTimePrekey{}; ///< 0: none
    Curve25519Key baseKey;
    Curve25519Key identityKey;
    std::array<std::uint8_t, kSize> encode() const;
};

/// Views into the header it was read from.
struct HeaderForm {
    HeaderKind kind{};
    std::optional<PrekeyPart> prekeyPart;
    BytesView prekeyBytes; ///< the exact bytes of the prekey part
    BytesView message;
};

ShortSecret<HeaderPlaintext::kSize> encodeHeaderPlaintext(const HeaderPlaintext& header);
std::optional<HeaderPlaintext> decodeHeaderPlaintext(BytesView encoded);
/// message must fit: at most 348 bytes.
Bytes wrapHeader(const std::optional<PrekeyPart>& prekeyPart, BytesView message);
Expected<HeaderForm, HeaderRefusal> readHeader(BytesView header);

} // namespace sotto::crypto
