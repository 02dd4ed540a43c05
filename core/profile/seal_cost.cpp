// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"

#include <array>
#include <cmath>

namespace sotto::core {
namespace {

constexpr std::chrono::duration<double> kWanted{0.75};
/// More is no gain: whoever guesses pays no more than the person who waits.
constexpr std::uint32_t kMostPasses = 16;
constexpr std::size_t kLeastMemory = std::size_t{32} << 20U;

/// Whether the machine can pay it at all.
bool spend(const Profile::SealCost& cost) {
    std::array<std::uint8_t, 32> out;
    constexpr std::array<std::uint8_t, crypto_pwhash_SALTBYTES> kSalt{};
    return crypto_pwhash(out.data(), out.size(), "measure", 7, kSalt.data(), cost.passes, cost.memoryBytes,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
}

} // namespace

Profile::SealCost Profile::SealCost::measured(const Clock& clock) {
    for (SealCost cost; cost.memoryBytes >= kLeastMemory; cost.memoryBytes /= 2, cost.passes *= 2) {
        const SteadyTime begin = clock.steady();
        if (!spend(cost)) {
            continue;
        }
        const std::chrono::duration<double> took = clock.steady() - begin;
        if (took.count() > 0 && took < kWanted) {
            const double passes = std::floor(kWanted / took * cost.passes);
            cost.passes = static_cast<std::uint32_t>(std::min<double>(passes, kMostPasses));
        }
        cost.passes = std::min(cost.passes, kMostPasses);
        return cost;
    }
    return {};
}

} // namespace sotto::core
