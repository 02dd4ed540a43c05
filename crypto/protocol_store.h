// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where crypto keeps what outlives a call. core/storage implements it over the profile's database; every
/// call made through Sessions and Prekeys runs inside the caller's transaction or savepoint, which the caller
/// rolls back when that call fails. Nothing here is cached by the implementation past a rollback. A method
/// fails only with Error::Storage. Records are opaque and secret: they are stored encrypted and never logged.

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "crypto/error.h"

namespace sotto::crypto {

/// Number of a prekey, signed or one-time: random, so that it says nothing of how many there were. 0 is
/// "none".
enum class PrekeyId : std::uint32_t {};
constexpr std::uint32_t number(PrekeyId id) {
    return static_cast<std::uint32_t>(id);
}

/// A Curve25519 pair in a prekey's role.
struct PrekeyPair {
    Curve25519Key publicKey;
    ShortSecret<32> privateKey;
};

/// A prekey id that is given out: once used, never again, even after the prekey itself is gone (R17).
enum class IdReservation { Reserved, TakenBefore };

class ProtocolStore {
public:
    virtual ~ProtocolStore() = default;

    /// The record of the session with a device, if there is one.
    virtual Result<std::optional<Bytes>> loadSession(const DeviceAddress& device) = 0;
    virtual Result<void> storeSession(const DeviceAddress& device, BytesView record) = 0;
    /// Succeeds when there was none.
    virtual Result<void> removeSession(const DeviceAddress& device) = 0;

    /// Marks an id as used for ever, signed and one-time prekeys together.
    virtual Result<IdReservation> reservePrekeyId(PrekeyId id) = 0;

    virtual Result<std::optional<PrekeyPair>> loadOneTimePrekey(PrekeyId id) = 0;
    virtual Result<void> storeOneTimePrekey(PrekeyId id, const PrekeyPair& pair) = 0;
    virtual Result<void> removeOneTimePrekey(PrekeyId id) = 0;

    virtual Result<std::optional<PrekeyPair>> loadSignedPrekey(PrekeyId id) = 0;
    /// createdAt lets the owner drop it when no mail for it can still arrive: with it go its base keys, and
    /// only then.
    virtual Result<void> storeSignedPrekey(PrekeyId id, const PrekeyPair& pair, WallTime createdAt) = 0;

    /// Base keys of sessions that peers started with a signed prekey alone. The C library would accept such a
    /// first message again once its session is gone (docs/SECURITY.md, case 18), so they are kept as long as
    /// the prekey.
    virtual Result<bool> knowsBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) = 0;
    virtual Result<void> rememberBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) = 0;
};

} // namespace sotto::crypto
