// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A real process that can be killed, stopped and traced. What it prints is appended to files, so that it
/// outlives the process: a line that was written is a line that somebody has read.

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sotto::torture {

using Milliseconds = std::chrono::milliseconds;

/// How to start one.
struct Launch {
    std::string program; ///< path
    std::vector<std::string> arguments;
    std::vector<std::string> environment; ///< NAME=VALUE
    std::string out = "/dev/null";        ///< appended to
    std::string err = "/dev/null";        ///< appended to
    std::string in = "/dev/null";
};

class Process {
public:
    enum class Mode {
        Free,
        Traced, ///< in a process group of its own, stopped before it begins; the starting thread is its
                ///< tracer
    };

    /// Throws std::runtime_error when there can be no process. It dies with the thread that started it.
    explicit Process(const Launch& launch, Mode mode = Mode::Free);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// Kills it.
    ~Process();

    pid_t pid() const { return m_pid; }
    bool isRunning();
    /// False when it still runs after that time.
    bool waitForEnd(Milliseconds patience);
    /// Never reaches another process, even after this one has ended.
    void signal(int signal) const;
    /// SIGKILL, and waits for the end.
    void kill();
    /// Its exit code; nothing while it runs and when a signal ended it.
    std::optional<int> exitCode() const;
    /// A tracer has seen this end.
    void ended(int status);

private:
    Mode m_mode;
    pid_t m_pid = -1;
    int m_descriptor = -1; ///< a pidfd
    std::optional<int> m_status;
};

} // namespace sotto::torture
