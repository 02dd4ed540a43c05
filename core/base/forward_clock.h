// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The wall clock as long as it goes forward: set back, it goes on from where it was at the pace of the
/// steady clock. What is to end some time from now ends by then, whoever sets the clock. Not thread-safe.

#include "core/base/clock.h"

namespace sotto {

class ForwardClock {
public:
    explicit ForwardClock(const Clock& clock)
        : m_clock(clock)
        , m_wall(clock.wall())
        , m_steady(clock.steady()) {}

    WallTime now() {
        const SteadyTime steady = m_clock.steady();
        m_wall = std::max(m_clock.wall(),
                          m_wall + std::chrono::duration_cast<WallTime::duration>(steady - m_steady));
        m_steady = steady;
        return m_wall;
    }

private:
    const Clock& m_clock;
    WallTime m_wall;
    SteadyTime m_steady;
};

} // namespace sotto
