// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Prekeys let others start a session with a device that is not there (X3DH): making one's own, and checking
/// those of others before use.

#include "crypto/device_keys.h"
#include "crypto/protocol_store.h"

#include <vector>

namespace sotto::crypto {

/// The public half of a one-time prekey, as uploaded and as handed out.
struct OneTimePrekey {
    PrekeyId id{};
    Curve25519Key key;
    friend bool operator==(const OneTimePrekey&, const OneTimePrekey&) = default;
};

/// One's own prekeys. The private halves go to the store: commit before uploading what these return (R17).
/// Both references must outlive it. Not thread-safe.
class Prekeys {
public:
    Prekeys(ProtocolStore& store, const DeviceKeys& own, Random& random);

    /// A new signed prekey and the statement that offers it from now for as long as lifetime.
    Result<SignedBundleStatement> makeSigned(const DeviceAddress& own, WallTime now, Milliseconds lifetime);
    /// A batch of one-time prekeys, in random order.
    Result<std::vector<OneTimePrekey>> makeOneTime(std::size_t count);

private:
    Result<PrekeyId> freshId();
    ProtocolStore& m_store;
    const DeviceKeys& m_own;
    Random& m_random;
};

/// What the relay hands out for one device.
struct PrekeyBundle {
    SignedBundleStatement statement;
    std::optional<OneTimePrekey> oneTime;
};

enum class BundleRefusal {
    Malformed,
    UnknownDevice, ///< the list has no such device
    BadKey,        ///< small order, not canonical, or an id that no device gives out
    BadSignature,  ///< not signed by the listed device, or the signed prekey not by its identity
    Expired,
    FewerSuites, ///< a downgrade: the statement offers less than the device's entry
};

/// A bundle that stands up to the newest verified list of its account. Made only by verifyBundle().
class VerifiedBundle {
public:
    const DeviceAddress& device() const { return m_device; }
    const Curve25519Key& identityKey() const { return m_identityKey; }
    PrekeyId signedPrekeyId() const { return m_signedPrekeyId; }
    const Curve25519Key& signedPrekey() const { return m_signedPrekey; }
    const std::optional<OneTimePrekey>& oneTime() const { return m_oneTime; }

private:
    friend Expected<VerifiedBundle, BundleRefusal>
    verifyBundle(const PrekeyBundle&, const VerifiedDeviceList&, DeviceNumber, WallTime);
    VerifiedBundle() = default;
    DeviceAddress m_device;
    Curve25519Key m_identityKey;
    PrekeyId m_signedPrekeyId{};
    Curve25519Key m_signedPrekey;
    std::optional<OneTimePrekey> m_oneTime;
};

Expected<VerifiedBundle, BundleRefusal>
verifyBundle(const PrekeyBundle& bundle, const VerifiedDeviceList& newest, DeviceNumber device, WallTime now);

} // namespace sotto::crypto
