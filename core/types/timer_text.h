// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How a notice about disappearing messages reads.

#include "core/types/message.h"

namespace sotto::core {

/// "90 s", "5 min", "1 h", "2 days": the largest unit that leaves no rest.
inline std::string lifetimeText(std::uint32_t seconds) {
    constexpr std::uint32_t kDay = 86'400;
    const auto in = [&](std::uint32_t unit, const char* name) {
        return std::to_string(seconds / unit) + " " + name;
    };
    return seconds == kDay       ? "1 day"
           : seconds % kDay == 0 ? in(kDay, "days")
           : seconds % 3600 == 0 ? in(3600, "h")
           : seconds % 60 == 0   ? in(60, "min")
                                 : in(1, "s");
}

/// Of a notice whose timer is set.
inline std::string timerSentence(const Message& notice) {
    const std::string who = notice.outgoing ? "You" : "@" + notice.senderName;
    const std::uint32_t seconds = notice.timer.value_or(0);
    return seconds == 0
               ? who + " turned disappearing messages off."
               : who + " set messages to disappear " + lifetimeText(seconds) + " after they are read.";
}

} // namespace sotto::core
