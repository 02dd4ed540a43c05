// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Random numbers from a seed: the same run each time.

#include "core/base/random.h"

#include <sodium.h>

namespace sotto {

class FixedRandom final : public Random {
public:
    explicit FixedRandom(std::uint64_t seed)
        : m_seed(seed) {}
    void fill(std::span<std::uint8_t> bytes) override {
        std::uint8_t key[crypto_stream_chacha20_KEYBYTES] = {};
        std::uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {};
        for (std::size_t i = 0; i < 8; ++i) {
            key[i] = static_cast<std::uint8_t>(m_seed >> 8 * i);
            nonce[i] = static_cast<std::uint8_t>(m_calls >> 8 * i);
        }
        ++m_calls;
        crypto_stream_chacha20(bytes.data(), bytes.size(), nonce, key);
    }

private:
    std::uint64_t m_seed;
    std::uint64_t m_calls = 0;
};

} // namespace sotto
