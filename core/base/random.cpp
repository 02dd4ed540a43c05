// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include <sodium.h>
#include <stdexcept>

namespace sotto {

std::uint64_t Random::below(std::uint64_t bound) {
    // Values under 2^64 mod bound would make the small results likelier: draw again.
    const std::uint64_t unfair = (0 - bound) % bound;
    for (;;) {
        std::array<std::uint8_t, 8> bytes;
        fill(bytes);
        std::uint64_t drawn;
        std::memcpy(&drawn, bytes.data(), sizeof drawn);
        if (drawn >= unfair) {
            return drawn % bound;
        }
    }
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    randombytes_buf(bytes.data(), bytes.size());
}

void initialiseSodium() {
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium could not be initialised: no source of randomness");
    }
}

} // namespace sotto
