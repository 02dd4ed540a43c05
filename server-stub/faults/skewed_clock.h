// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The system's clock, with a wall clock that goes wrong by a constant (`skew`). The steady one stays what it
/// is.

#include "core/base/clock.h"

namespace sotto::relay {

class SkewedClock final : public Clock {
public:
    explicit SkewedClock(Milliseconds skew)
        : m_skew(skew) {}
    WallTime wall() const override { return m_clock.wall() + m_skew; }
    SteadyTime steady() const override { return m_clock.steady(); }

private:
    SystemClock m_clock;
    Milliseconds m_skew;
};

} // namespace sotto::relay
