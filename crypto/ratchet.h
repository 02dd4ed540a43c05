// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// X3DH and the double ratchet on one state, from libsignal's primitives. Private to crypto.
///
/// The library's own session cipher is not used: it stores the peer's identity before the MAC is checked,
/// derives and stores up to 2,000 message keys before it, and copies the whole state for each attempt
/// (docs/SECURITY.md, facts 1 and 4). Here nothing of a state changes before the MAC is right. The bytes are
/// the library's: tests/crypto talks to its session cipher in both directions.

#include "crypto/aes_cbc.h"
#include "crypto/device_keys.h"
#include "crypto/header_form.h"
#include "crypto/prekeys.h"
#include "crypto/signal_library.h"

#include <memory>

namespace sotto::crypto {

/// A ratchet message taken apart; its ratchet key is fit for an agreement.
struct RatchetMessage {
    SignalRef<signal_message> message;
    Curve25519Key ratchetKey;
    std::uint32_t counter = 0;

    /// Malformed for anything but a version 3 message.
    static Result<RatchetMessage> read(const SignalLibrary& library, BytesView bytes);
    const ec_public_key* key() const { return signal_message_get_sender_ratchet_key(message.get()); }
};

class Ratchet {
public:
    explicit Ratchet(const SignalLibrary& library);
    ~Ratchet();
    Ratchet(const Ratchet&) = delete;
    Ratchet& operator=(const Ratchet&) = delete;

    Result<SignalRef<session_state>> startWith(const DeviceKeys& own, const VerifiedBundle& bundle) const;
    Result<SignalRef<session_state>> acceptFrom(const DeviceKeys& own, const PrekeyPair& signedPrekey,
                                                const std::optional<PrekeyPair>& oneTimePrekey,
                                                const PrekeyPart& part) const;

    /// The next message; moves the sending chain on.
    Result<Bytes> encrypt(session_state* state, BytesView plaintext);
    /// Whether the message continues a receiving chain that this state knows.
    bool hasChainFor(session_state* state, const RatchetMessage& message) const;
    /// Duplicate, TooFarAhead or Undecryptable. On an error drop the state: a used-up message key may be gone
    /// from it. maxSkipped bounds the work that a forged counter can cause.
    Result<ShortSecret<HeaderPlaintext::kSize>> decrypt(session_state* state, const RatchetMessage& message,
                                                        std::uint32_t maxSkipped);
    /// The part that goes with each message until the peer has answered; nothing afterwards.
    std::optional<PrekeyPart> unacknowledgedPart(session_state* state) const;

private:
    class ChainWalk;
    struct Turn;
    Result<ShortSecret<HeaderPlaintext::kSize>> openWith(session_state* state, const RatchetMessage& message,
                                                         const ratchet_message_keys& keys);
    const SignalLibrary& m_library;
    AesCbc m_cipher;
    /// The last walk along a known chain that led to a wrong MAC: whoever forges counters by the hundred
    /// makes us walk once. At most 64 KiB of keys that the state itself gives away, wiped with the walk.
    std::unique_ptr<ChainWalk> m_failedWalk;
};

} // namespace sotto::crypto
