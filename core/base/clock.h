// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Time comes in from outside. Wall time is for display and expiry; timeouts and order never depend on it
/// (R18).

#include <chrono>

namespace sotto {

using Milliseconds = std::chrono::milliseconds;
/// Milliseconds since 1970-01-01 UTC, as the computer believes.
using WallTime = std::chrono::sys_time<Milliseconds>;
/// A clock that never steps; its zero means nothing.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

inline std::int64_t unixMilliseconds(WallTime time) {
    return time.time_since_epoch().count();
}
inline WallTime wallTime(std::int64_t unixMs) {
    return WallTime(Milliseconds(unixMs));
}

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
public:
    WallTime wall() const override {
        return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    }
    SteadyTime steady() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::steady_clock::now());
    }
};

} // namespace sotto
