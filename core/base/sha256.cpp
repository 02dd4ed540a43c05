// SPDX-License-Identifier: GPL-3.0-or-later
// libcrypto's low-level SHA-256 calls are deprecated, but EVP costs more for a short input than the hash
// itself, and a ratchet step is made of these. They are used in this file and nowhere else.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/base/sha256.h"

#include <new>
#include <openssl/sha.h>
#include <sodium.h>
#include <type_traits>

namespace sotto {
namespace {

static_assert(sizeof(SHA256_CTX) <= 112 && alignof(SHA256_CTX) <= 8);
static_assert(std::is_trivially_copyable_v<SHA256_CTX> && std::is_trivially_destructible_v<SHA256_CTX>);
static_assert(Sha256::kSize == SHA256_DIGEST_LENGTH && Sha256::kBlock == SHA256_CBLOCK);

template <std::size_t N>
SHA256_CTX* contextIn(std::array<std::uint8_t, N>& storage) {
    return std::launder(reinterpret_cast<SHA256_CTX*>(storage.data()));
}

} // namespace

Sha256::Sha256() {
    SHA256_Init(new (m_storage.data()) SHA256_CTX);
}

Sha256& Sha256::update(BytesView data) {
    SHA256_Update(contextIn(m_storage), data.data(), data.size());
    return *this;
}

std::array<std::uint8_t, Sha256::kSize> Sha256::finish() {
    std::array<std::uint8_t, kSize> result;
    SHA256_Final(result.data(), contextIn(m_storage));
    return result;
}

void Sha256::wipe() {
    sodium_memzero(m_storage.data(), m_storage.size());
}

} // namespace sotto
