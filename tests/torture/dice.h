// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is random in a run, from its seed. Real processes do not repeat a run exactly; what is done to them
/// does.

#include <cstdint>

namespace sotto::torture {

class Dice {
public:
    explicit Dice(std::uint64_t seed)
        : m_state(seed) {}
    /// SplitMix64: one line of arithmetic, and good enough to choose victims.
    std::uint64_t next() {
        std::uint64_t z = (m_state += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    /// From 0 up to, not including, `end`.
    std::uint64_t below(std::uint64_t end) { return next() % end; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }

private:
    std::uint64_t m_state;
};

} // namespace sotto::torture
