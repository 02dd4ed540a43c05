// SPDX-License-Identifier: GPL-3.0-or-later
// libcrypto's low-level SHA-256 calls are deprecated, but EVP costs more for a 64-byte input than the hash
// itself, and a ratchet step is made of these. They are used in this file and nowhere else.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac_sha256.h"

#include <cstring>
#include <new>
#include <openssl/sha.h>
#include <sodium.h>

namespace sotto::crypto {

struct HmacSha256::State {
    SHA256_CTX inner;
    std::array<std::uint8_t, SHA256_CBLOCK> block; ///< the key, padded to a block
};

HmacSha256::State& HmacSha256::state() {
    static_assert(sizeof(State) <= sizeof m_storage && alignof(State) <= 8);
    return *std::launder(reinterpret_cast<State*>(m_storage.data()));
}

HmacSha256::HmacSha256(BytesView key) {
    State& own = *new (m_storage.data()) State;
    own.block.fill(0);
    if (key.size() > own.block.size()) {
        SHA256_Init(&own.inner);
        SHA256_Update(&own.inner, key.data(), key.size());
        SHA256_Final(own.block.data(), &own.inner);
    } else if (!key.empty()) {
        std::memcpy(own.block.data(), key.data(), key.size());
    }
    std::array<std::uint8_t, SHA256_CBLOCK> pad;
    for (std::size_t i = 0; i < pad.size(); ++i) {
        pad[i] = own.block[i] ^ 0x36;
    }
    SHA256_Init(&own.inner);
    SHA256_Update(&own.inner, pad.data(), pad.size());
    sodium_memzero(pad.data(), pad.size());
}

HmacSha256::~HmacSha256() {
    sodium_memzero(m_storage.data(), sizeof(State));
}

void HmacSha256::update(BytesView data) {
    SHA256_Update(&state().inner, data.data(), data.size());
}

std::array<std::uint8_t, HmacSha256::kSize> HmacSha256::finish() {
    State& own = state();
    std::array<std::uint8_t, kSize> result;
    SHA256_Final(result.data(), &own.inner);
    std::array<std::uint8_t, SHA256_CBLOCK> pad;
    for (std::size_t i = 0; i < pad.size(); ++i) {
        pad[i] = own.block[i] ^ 0x5C;
    }
    SHA256_Init(&own.inner);
    SHA256_Update(&own.inner, pad.data(), pad.size());
    SHA256_Update(&own.inner, result.data(), result.size());
    SHA256_Final(result.data(), &own.inner);
    sodium_memzero(pad.data(), pad.size());
    return result;
}

} // namespace sotto::crypto
