// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The same bytes for the same seed: for tests that must run alike twice. Never in a product binary.

#include "core/base/random.h"

#include <sodium.h>

namespace sotto::test {

class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) {
        for (std::size_t i = 0; i < sizeof seed; ++i) {
            m_seed[i] = static_cast<std::uint8_t>(seed >> (8 * i));
        }
    }
    void fill(std::span<std::uint8_t> bytes) override {
        if (bytes.empty()) {
            return; // libsodium takes no null pointer
        }
        std::array<std::uint8_t, 8> nonce{};
        ++m_calls;
        for (std::size_t i = 0; i < sizeof m_calls; ++i) {
            nonce[i] = static_cast<std::uint8_t>(m_calls >> (8 * i));
        }
        crypto_stream_chacha20(bytes.data(), bytes.size(), nonce.data(), m_seed.data());
    }

private:
    std::array<std::uint8_t, crypto_stream_chacha20_KEYBYTES> m_seed{};
    std::uint64_t m_calls = 0;
};

} // namespace sotto::test
