// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How hard pressed the relay is, and so what it gives up: ephemeral mail first, then the promptness of
/// receipts, durable mail never. One step at a time in both directions, so that a moment's stall costs little
/// and an end to it is not believed too soon.

#include "core/base/clock.h"

#include <cstdint>

namespace sotto::relay {

enum class PressureLevel : std::uint32_t {
    None = 0,
    NoEphemeral = 1,  ///< ephemeral sends are answered and dropped
    LateReceipts = 2, ///< clients are asked to gather receipts for much longer
};

class Pressure {
public:
    /// The oldest job at the store has been waiting for longer than this, or
    static constexpr Milliseconds kQueueLag{10'000};
    /// of the devices that were handed mail, more than this share has not acknowledged any for kAckTimeout:
    static constexpr std::size_t kLatePercent = 2;
    static constexpr Milliseconds kAckTimeout{20'000};
    /// but so few are computers that went to sleep, and say nothing of the relay.
    static constexpr std::size_t kLeastLate = 5;
    /// Between two steps, up or down.
    static constexpr Milliseconds kStep{10'000};

    struct Signs {
        Milliseconds queueLag{};
        std::size_t handed = 0; ///< devices with mail under way or acknowledged since the last look
        std::size_t late = 0;   ///< of these, without an acknowledgement for kAckTimeout
    };
    /// Once a second or so. True when the level has changed.
    bool look(const Signs& signs, SteadyTime now);
    PressureLevel level() const { return m_level; }

private:
    PressureLevel m_level = PressureLevel::None;
    SteadyTime m_changedAt{};
    SteadyTime m_pressedAt{}; ///< when a threshold was last seen crossed
};

} // namespace sotto::relay
