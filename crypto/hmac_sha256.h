// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// HMAC-SHA-256 (RFC 2104) for the ratchet's many short inputs. Private to crypto.

#include "core/base/bytes.h"

#include <array>
#include <cstddef>

namespace sotto::crypto {

class HmacSha256 {
public:
    static constexpr std::size_t kSize = 32;
    explicit HmacSha256(BytesView key);
    HmacSha256(const HmacSha256&) = delete;
    HmacSha256& operator=(const HmacSha256&) = delete;
    ~HmacSha256();
    void update(BytesView data);
    /// Once.
    std::array<std::uint8_t, kSize> finish();

private:
    // libcrypto's SHA256_CTX and the key block, without its header here.
    struct State;
    State& state();
    alignas(8) std::array<std::uint8_t, 192> m_storage;
};

} // namespace sotto::crypto
