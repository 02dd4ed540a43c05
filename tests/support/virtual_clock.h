// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Time that passes only when a test says so.

#include "core/base/clock.h"

namespace sotto::test {

class VirtualClock final : public Clock {
public:
    WallTime wall() const override { return m_wall; }
    SteadyTime steady() const override { return m_steady; }
    /// Both clocks; never backwards.
    void advanceTo(SteadyTime time) {
        if (time > m_steady) {
            m_wall += std::chrono::floor<Milliseconds>(time.time_since_epoch()) -
                      std::chrono::floor<Milliseconds>(m_steady.time_since_epoch());
            m_steady = time;
        }
    }
    /// Somebody sets the computer's clock.
    void setWall(WallTime time) { m_wall = time; }

private:
    WallTime m_wall = wallTime(1'790'000'000'000); // September 2026
    SteadyTime m_steady{std::chrono::hours(1)};
};

/// One computer's idea of a world's time: its wall clock may be wrong.
class OwnClock final : public Clock {
public:
    explicit OwnClock(const Clock& world)
        : m_world(world) {}
    WallTime wall() const override { return m_world.wall() + m_error; }
    SteadyTime steady() const override { return m_world.steady(); }
    void setError(Milliseconds error) { m_error = error; }

private:
    const Clock& m_world;
    Milliseconds m_error{};
};

} // namespace sotto::test
