// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// HMAC-SHA-256 (RFC 2104) for the ratchet's many short inputs. Private to crypto.

#include "core/base/sha256.h"

namespace sotto::crypto {

class HmacSha256 {
public:
    static constexpr std::size_t kSize = Sha256::kSize;
    explicit HmacSha256(BytesView key);
    HmacSha256(const HmacSha256&) = delete;
    HmacSha256& operator=(const HmacSha256&) = delete;
    ~HmacSha256();
    void update(BytesView data) { m_hash.update(data); }
    /// Once.
    std::array<std::uint8_t, kSize> finish();

private:
    void begin(std::uint8_t pad);
    std::array<std::uint8_t, Sha256::kBlock> m_key{}; ///< padded to a block
    Sha256 m_hash;
};

} // namespace sotto::crypto
