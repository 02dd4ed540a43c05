// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/timer_driver.h"

#include <algorithm>

namespace sotto::net {

TimerDriver::TimerDriver(const Clock& clock, std::function<void()> due)
    : m_clock(clock) {
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, std::move(due));
}

void TimerDriver::wakeAt(SteadyTime time) {
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24); // a QTimer holds 2^31 ms
    // Rounded up: a timer that fires early would find nothing due and be set again and again.
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(time - m_clock.steady());
    const auto bounded = std::clamp(wait, std::chrono::milliseconds(0), kLongest);
    m_timer.setTimerType(bounded < std::chrono::seconds(2) ? Qt::PreciseTimer : Qt::CoarseTimer);
    m_timer.start(bounded);
}

} // namespace sotto::net
