// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/account_keys.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view kRootLabel = "sotto account root 1";

Signature signEd25519(const Secret<64>& secret, BytesView message) {
    Signature signature;
    crypto_sign_detached(signature.value.data(), nullptr, message.data(), message.size(),
                         secret.expose().data());
    return signature;
}

} // namespace

AccountRoot::AccountRoot(const RecoveryCode& code) {
    Secret<32> seed;
    crypto_generichash(seed.exposeWritable().data(), 32, viewOf(kRootLabel).data(), kRootLabel.size(),
                       code.secret().expose().data(), 32);
    crypto_sign_seed_keypair(m_account.value.data(), m_secret.exposeWritable().data(), seed.expose().data());
}

SignerCertificate AccountRoot::certify(std::uint64_t signerEpoch, const Ed25519Key& signer) const {
    return {m_account, signerEpoch, signer,
            signEd25519(m_secret, encodeSignerStatement(m_account, signerEpoch, signer))};
}

SignerKey::SignerKey(BytesView seed) {
    crypto_sign_seed_keypair(m_public.value.data(), m_secret.exposeWritable().data(), seed.data());
}

SignerKey SignerKey::generate(Random& random) {
    return SignerKey(Secret<kSecretSize>::random(random).expose());
}

std::optional<SignerKey> SignerKey::parse(BytesView stored) {
    return stored.size() == kSecretSize ? std::optional(SignerKey(stored)) : std::nullopt;
}

SecretBytes SignerKey::serialise() const {
    return SecretBytes::from(m_secret.expose().first<kSecretSize>()); // libsodium keeps the seed in front
}

SignedDeviceList SignerKey::sign(const DeviceList& list) const {
    SignedDeviceList signedList{encodeDeviceList(list), {}};
    signedList.signature = signEd25519(m_secret, signedList.bytes);
    return signedList;
}

Signature SignerKey::sign(const RegistrationStatement& statement) const {
    return signEd25519(m_secret, encodeRegistrationStatement(statement));
}

} // namespace sotto::crypto
