// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The hybrid clock that stamps mail: the wall clock where it moves forward, a counter where it does not.

#include "core/base/clock.h"
#include "core/base/ids.h"

namespace sotto::relay {

class StampClock {
public:
    /// Continues after `last`, the highest stamp ever given out: a stamp never repeats or goes back, whatever
    /// the wall clock does across a restart.
    explicit StampClock(Stamp last = {})
        : m_last(last) {}

    Stamp next(WallTime now) {
        constexpr std::uint64_t kCounterMask = 0xFFF;
        const std::uint64_t fresh = startOf(unixMilliseconds(now));
        const std::uint64_t last = number(m_last);
        if (fresh > last) {
            m_last = Stamp{fresh};
        } else if ((last & kCounterMask) != kCounterMask) {
            m_last = Stamp{last + 1};
        } else {
            m_last = Stamp{startOf(milliseconds(m_last) + 1)};
        }
        return m_last;
    }
    Stamp last() const { return m_last; }

    /// The lowest stamp of that millisecond.
    static std::uint64_t startOf(std::int64_t unixMs) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, unixMs)) << 16U;
    }

private:
    Stamp m_last;
};

} // namespace sotto::relay
