// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One device's own long-lived keys, made on it and never leaving it.

#include "core/base/secret.h"
#include "core/base/statements.h"

namespace sotto::crypto {

class DeviceKeys {
public:
    static DeviceKeys generate(Random& random);
    /// Reads what serialise() wrote; nothing if it is anything else.
    static std::optional<DeviceKeys> parse(BytesView stored);
    SecretBytes serialise() const;

    const Curve25519Key& identityKey() const { return m_identity; }
    const Ed25519Key& authenticationKey() const { return m_authentication; }
    std::uint32_t registrationId() const { return m_registrationId; }

    /// This device as its account's list names it, with both of its own signatures.
    DeviceEntry entry(const AccountId& account, DeviceNumber device, Random& random) const;
    Signature sign(const LoginStatement& statement) const;
    Signature sign(const ExportStatement& statement) const;
    SignedBundleStatement sign(const BundleStatement& statement) const;
    /// XEdDSA with the identity key over libsignal's form of a public key, as in X3DH section 3.2.
    Signature signPrekey(const Curve25519Key& prekey, Random& random) const;

    /// For crypto's own session code.
    const Secret<32>& identitySecret() const { return m_identitySecret; }

private:
    DeviceKeys(BytesView identitySecret, BytesView authenticationSeed, std::uint32_t registrationId);
    Secret<32> m_identitySecret;
    Secret<64> m_authenticationSecret;
    Curve25519Key m_identity;
    Ed25519Key m_authentication;
    std::uint32_t m_registrationId;
};

/// What the XEdDSA signature of a signed prekey covers: libsignal's type byte and the key.
std::array<std::uint8_t, 33> signalForm(const Curve25519Key& key);

} // namespace sotto::crypto
