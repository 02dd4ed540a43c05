// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The client's one wish to be woken, as a timer of the event loop.

#include "core/base/clock.h"

#include <QTimer>
#include <functional>

namespace sotto::net {

class TimerDriver {
public:
    TimerDriver(const Clock& clock, std::function<void()> due);
    /// Calls due() once at this time or soon after, from the event loop; replaces the time asked for before.
    void wakeAt(SteadyTime time);

private:
    const Clock& m_clock;
    QTimer m_timer;
};

} // namespace sotto::net
