// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Tells when the UI thread did not come back to its events for longer than a frame, and what it was doing.
/// Debug builds have one (main.cpp): nothing that a person waits for may run in that thread.

#include <QObject>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace sotto::app {

struct Stall {
    std::chrono::milliseconds duration{};
    std::string stack; ///< of the UI thread while it was busy, a frame a line; names need debug symbols
};

/// Asks the UI thread a hundred times a second whether it is there. One at a time in a process; made and
/// destroyed in the UI thread.
class StallWatch final : public QObject {
public:
    using Tell = std::function<void(const Stall&)>;
    /// tell: in the UI thread, when it is back.
    StallWatch(std::chrono::milliseconds longest, Tell tell);
    ~StallWatch() override;

    /// To standard error.
    static void print(const Stall& stall);

private:
    using Clock = std::chrono::steady_clock;
    void answer();
    void watch();

    const std::chrono::milliseconds m_longest;
    const Tell m_tell;
    const pthread_t m_uiThread;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    Clock::time_point m_asked{}; ///< epoch: the last question is answered
    std::string m_stack;         ///< while the answer was late
    bool m_ended = false;
    std::thread m_watcher;
};

} // namespace sotto::app
