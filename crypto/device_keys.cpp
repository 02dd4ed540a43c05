// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/device_keys.h"

#include "crypto/agreement.h"
#include "crypto/signal_library.h"

#include <signal/curve.h>

namespace sotto::crypto {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kStoredSize = 1 + 4 + 32 + 32;
// libsignal's range is 1 to 16380; from 128 on all take the same space in its records.
constexpr std::uint32_t kMinRegistrationId = 128;
constexpr std::uint32_t kMaxRegistrationId = 16380;

Signature signEd25519(const Secret<64>& secret, BytesView message) {
    Signature signature;
    crypto_sign_detached(signature.value.data(), nullptr, message.data(), message.size(),
                         secret.expose().data());
    return signature;
}

Signature signXeddsa(const Secret<32>& secret, BytesView message, Random& random) {
    const SignalLibrary library(random);
    const auto key = library.privateKey(secret.expose());
    signal_buffer* raw = nullptr;
    const int result =
        curve_calculate_signature(library.context(), &raw, key.get(), message.data(), message.size());
    const SignalBuffer buffer(raw);
    if (result < 0) {
        throw std::runtime_error("libsignal cannot sign");
    }
    return *Signature::from(buffer.view());
}

} // namespace

std::array<std::uint8_t, 33> signalForm(const Curve25519Key& key) {
    std::array<std::uint8_t, 33> form;
    form[0] = 0x05;
    std::copy(key.value.begin(), key.value.end(), form.begin() + 1);
    return form;
}

DeviceKeys::DeviceKeys(BytesView identitySecret, BytesView authenticationSeed, std::uint32_t registrationId)
    : m_identitySecret(std::move(*Secret<32>::from(identitySecret)))
    , m_registrationId(registrationId) {
    m_identity = publicKeyOf(m_identitySecret.expose());
    crypto_sign_seed_keypair(m_authentication.value.data(), m_authenticationSecret.exposeWritable().data(),
                             authenticationSeed.data());
}

DeviceKeys DeviceKeys::generate(Random& random) {
    Secret<32> identity = Secret<32>::random(random);
    // Clamped here because XEdDSA signs with the scalar as it stands.
    clamp(identity.exposeWritable());
    const Secret<32> seed = Secret<32>::random(random);
    const auto span = kMaxRegistrationId - kMinRegistrationId + 1;
    return {identity.expose(), seed.expose(),
            kMinRegistrationId + static_cast<std::uint32_t>(random.below(span))};
}

std::optional<DeviceKeys> DeviceKeys::parse(BytesView stored) {
    if (stored.size() != kStoredSize || stored[0] != kFormat) {
        return std::nullopt;
    }
    std::uint32_t registrationId = 0;
    for (const std::uint8_t byte : stored.subspan(1, 4)) {
        registrationId = registrationId << 8 | byte;
    }
    return DeviceKeys(stored.subspan(5, 32), stored.subspan(37, 32), registrationId);
}

SecretBytes DeviceKeys::serialise() const {
    SecretBytes stored(kStoredSize);
    auto out = stored.exposeWritable().begin();
    *out++ = kFormat;
    for (int shift = 24; shift >= 0; shift -= 8) {
        *out++ = static_cast<std::uint8_t>(m_registrationId >> shift);
    }
    const auto identity = m_identitySecret.expose();
    out = std::copy(identity.begin(), identity.end(), out);
    const auto seed = m_authenticationSecret.expose().first<32>(); // libsodium keeps the seed in front
    std::copy(seed.begin(), seed.end(), out);
    return stored;
}

DeviceEntry DeviceKeys::entry(const AccountId& account, DeviceNumber device, Random& random) const {
    DeviceEntry entry;
    entry.device = device;
    entry.identityKey = m_identity;
    entry.authenticationKey = m_authentication;
    entry.registrationId = m_registrationId;
    const Bytes statement = encodeDeviceStatement(account, entry);
    entry.byIdentity = signXeddsa(m_identitySecret, statement, random);
    entry.byAuthentication = signEd25519(m_authenticationSecret, statement);
    return entry;
}

Signature DeviceKeys::sign(const LoginStatement& statement) const {
    return signEd25519(m_authenticationSecret, encodeLoginStatement(statement));
}

Signature DeviceKeys::sign(const ExportStatement& statement) const {
    return signEd25519(m_authenticationSecret, encodeExportStatement(statement));
}

SignedBundleStatement DeviceKeys::sign(const BundleStatement& statement) const {
    SignedBundleStatement signedStatement{encodeBundleStatement(statement), {}};
    signedStatement.signature = signEd25519(m_authenticationSecret, signedStatement.bytes);
    return signedStatement;
}

Signature DeviceKeys::signPrekey(const Curve25519Key& prekey, Random& random) const {
    return signXeddsa(m_identitySecret, signalForm(prekey), random);
}

} // namespace sotto::crypto
