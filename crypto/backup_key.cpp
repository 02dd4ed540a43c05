// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/backup_key.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view kKeyLabel = "sotto backup key 1";
constexpr std::string_view kStreamLabel = "sotto backup stream 1";

/// Both public keys go in, so that a key holds for this pair alone.
std::optional<Secret<32>> agree(const Secret<32>& secret, const Curve25519Key& other,
                                const Curve25519Key& ephemeral, const Curve25519Key& recipient) {
    Secret<32> shared;
    if (crypto_scalarmult(shared.exposeWritable().data(), secret.expose().data(), other.value.data()) != 0) {
        return std::nullopt; // a point of small order
    }
    Secret<32> key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, shared.expose().data(), 32, 32);
    for (const BytesView part : {viewOf(kStreamLabel), ephemeral.view(), recipient.view()}) {
        crypto_generichash_update(&state, part.data(), part.size());
    }
    crypto_generichash_final(&state, key.exposeWritable().data(), 32);
    sodium_memzero(&state, sizeof state);
    return key;
}

} // namespace

BackupKey::BackupKey(const RecoveryCode& code) {
    Secret<32> seed;
    crypto_generichash(seed.exposeWritable().data(), 32, viewOf(kKeyLabel).data(), kKeyLabel.size(),
                       code.secret().expose().data(), 32);
    crypto_box_seed_keypair(m_public.value.data(), m_secret.exposeWritable().data(), seed.expose().data());
}

std::optional<Secret<32>> BackupKey::streamKey(const Curve25519Key& ephemeral) const {
    return agree(m_secret, ephemeral, ephemeral, m_public);
}

std::optional<SealedStreamKey> newStreamKey(const Curve25519Key& recipient, Random& random) {
    const auto seed = Secret<32>::random(random);
    Secret<32> secret;
    Curve25519Key ephemeral;
    crypto_box_seed_keypair(ephemeral.value.data(), secret.exposeWritable().data(), seed.expose().data());
    auto key = agree(secret, recipient, ephemeral, recipient);
    return key ? std::optional(SealedStreamKey{ephemeral, std::move(*key)}) : std::nullopt;
}

} // namespace sotto::crypto
