// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Another process that runs a function of the test, to be raced, killed or confined. The parent must hold
/// nothing open that a fork would spoil (databases).

#include <cerrno>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace sotto::test {

class Child {
public:
    /// run returns a report, which report() hands out here. The child never comes back from this call.
    explicit Child(const std::function<std::string()>& run) {
        int ends[2];
        if (::pipe(ends) != 0) {
            throw std::runtime_error("no pipe");
        }
        m_process = ::fork();
        if (m_process < 0) {
            throw std::runtime_error("no process");
        }
        if (m_process == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(ends[0]);
            std::string report;
            try {
                report = run();
            } catch (const std::exception& error) {
                report = std::string("exception: ") + error.what();
            }
            [[maybe_unused]] const ssize_t written = ::write(ends[1], report.data(), report.size());
            ::_exit(0); // no destructors and no output of the parent's half-run test
        }
        ::close(ends[1]);
        m_report = ends[0];
    }
    Child(Child&& other) noexcept
        : m_process(std::exchange(other.m_process, -1))
        , m_report(std::exchange(other.m_report, -1)) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (m_process > 0) {
            kill();
            wait();
        }
        if (m_report >= 0) {
            ::close(m_report);
        }
    }

    pid_t process() const { return m_process; }
    void kill(int signal = SIGKILL) const { ::kill(m_process, signal); }
    /// The caller has waited for it itself.
    void forget() { m_process = -1; }
    /// Waits for its end and returns the wait status.
    int wait() {
        int status = 0;
        while (::waitpid(std::exchange(m_process, -1), &status, 0) < 0 && errno == EINTR) {
        }
        return status;
    }
    /// Waits for its end; what it returned, or nothing if it was killed.
    std::string report() {
        std::string text;
        char buffer[4096];
        for (ssize_t count = 0; (count = ::read(m_report, buffer, sizeof buffer)) > 0;) {
            text.append(buffer, static_cast<std::size_t>(count));
        }
        if (m_process > 0) {
            wait();
        }
        return text;
    }

private:
    pid_t m_process = -1;
    int m_report = -1;
};

/// Holds children back until the parent lets them go all at once.
class Gate {
public:
    Gate() {
        if (::pipe(m_ends) != 0) {
            throw std::runtime_error("no pipe");
        }
    }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate() {
        open();
        ::close(m_ends[0]);
    }
    /// In a child.
    void wait() {
        ::close(std::exchange(m_ends[1], -1));
        char byte;
        while (::read(m_ends[0], &byte, 1) < 0 && errno == EINTR) {
        }
    }
    /// In the parent.
    void open() {
        if (m_ends[1] >= 0) {
            ::close(std::exchange(m_ends[1], -1));
        }
    }

private:
    int m_ends[2];
};

} // namespace sotto::test
