// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/hmac_sha256.h"

#include <algorithm>
#include <sodium.h>

namespace sotto::crypto {

HmacSha256::HmacSha256(BytesView key) {
    if (key.size() > m_key.size()) {
        m_hash.update(key);
        const auto hashed = m_hash.finish();
        std::copy(hashed.begin(), hashed.end(), m_key.begin());
    } else {
        std::copy(key.begin(), key.end(), m_key.begin());
    }
    begin(0x36);
}

HmacSha256::~HmacSha256() {
    sodium_memzero(m_key.data(), m_key.size());
    m_hash.wipe();
}

void HmacSha256::begin(std::uint8_t pad) {
    std::array<std::uint8_t, Sha256::kBlock> block;
    std::transform(m_key.begin(), m_key.end(), block.begin(),
                   [pad](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ pad); });
    m_hash = Sha256();
    m_hash.update(block);
    sodium_memzero(block.data(), block.size());
}

std::array<std::uint8_t, HmacSha256::kSize> HmacSha256::finish() {
    const auto inner = m_hash.finish();
    begin(0x5C);
    m_hash.update(inner);
    return m_hash.finish();
}

} // namespace sotto::crypto
