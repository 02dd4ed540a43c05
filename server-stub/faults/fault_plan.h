// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a testing relay breaks on purpose, as its operator wrote it:
///
///     seed=42,drop=2%,dup=5%,reorder=8,delay=50..2000ms,cut=1/40,stall=1/200,diskfull@10k,skew=+7m
///
/// docs/RELAY.md explains each. Values only: nothing in here draws a number or asks a clock.

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::relay {

/// A share of all frames, in millionths: exact, and the same on every machine.
struct Share {
    std::uint32_t millionths = 0;
};

struct FaultPlan {
    std::uint64_t seed = 1;
    Share drop;
    Share duplicate;
    Share cut;
    Share stall;
    std::uint32_t reorder = 0; ///< a frame may be overtaken by up to so many later ones
    Milliseconds delayLeast{0};
    Milliseconds delayMost{0};
    std::optional<std::uint64_t> diskFullFrom; ///< a device's sends from this one on, counting from 1
    std::uint64_t diskFullFor = 100;           ///< so many of them
    Milliseconds skew{0};                      ///< what the relay's wall clock is ahead
};

struct FaultPlanError {
    std::size_t position = 0; ///< of the character, from 0
    std::string sentence;     ///< what is wrong there
};

Expected<FaultPlan, FaultPlanError> parseFaultPlan(std::string_view text);

} // namespace sotto::relay
