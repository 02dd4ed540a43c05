// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Dice for schedules and faults: fast, the same for the same seed, and apart from the randomness that keys
/// and ids come from (SplitMix64).

#include <cstdint>

namespace sotto::test {

class Chance {
public:
    explicit Chance(std::uint64_t seed)
        : m_state(seed * 0x9E3779B97F4A7C15ULL + 0x1234567) {}

    std::uint64_t next() {
        std::uint64_t z = (m_state += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }
    /// In [0, bound); bound > 0. The bias of a remainder does not matter here.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// Both ends included.
    std::int64_t between(std::int64_t first, std::int64_t last) {
        return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
    }
    bool oneIn(std::uint64_t count) { return below(count) == 0; }
    bool with(double probability) { return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability; }

private:
    std::uint64_t m_state;
};

} // namespace sotto::test
