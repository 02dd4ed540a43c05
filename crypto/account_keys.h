// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The two keys above the devices: the account's root, alive only for a moment at creation, promotion and
/// recovery; and the signer it certifies, which lives on the first (and any promoted) device and signs device
/// lists (docs/PROTOCOL.md, "Keys and device lists").

#include "core/base/statements.h"
#include "crypto/recovery_code.h"

namespace sotto::crypto {

/// The Ed25519 root: who someone is. Derived from the recovery code alone, never stored.
class AccountRoot {
public:
    explicit AccountRoot(const RecoveryCode& code);
    const AccountId& account() const { return m_account; }
    /// signerEpoch counts from 1; each recovery or revocation uses a higher one than any before.
    SignerCertificate certify(std::uint64_t signerEpoch, const Ed25519Key& signer) const;

private:
    Secret<64> m_secret;
    AccountId m_account;
};

/// The Ed25519 key that signs an account's device lists.
class SignerKey {
public:
    static constexpr std::size_t kSecretSize = 32;
    static SignerKey generate(Random& random);
    /// Reads what serialise() wrote; nothing if it has another size.
    static std::optional<SignerKey> parse(BytesView stored);
    SecretBytes serialise() const;

    const Ed25519Key& publicKey() const { return m_public; }
    /// The list's certificate must name this key; a list that does not verifies nowhere.
    SignedDeviceList sign(const DeviceList& list) const;
    Signature sign(const RegistrationStatement& statement) const;

private:
    explicit SignerKey(BytesView seed);
    Secret<64> m_secret;
    Ed25519Key m_public;
};

} // namespace sotto::crypto
