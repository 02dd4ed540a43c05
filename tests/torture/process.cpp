// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/process.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sotto::torture {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const std::string& text : texts) {
        out.push_back(const_cast<char*>(text.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

} // namespace

Process::Process(const Launch& launch, Mode mode)
    : m_mode(mode) {
    // Everything that allocates comes before the fork: another thread may hold the allocator then.
    std::vector<std::string> words = {launch.program};
    words.insert(words.end(), launch.arguments.begin(), launch.arguments.end());
    const auto arguments = pointers(words);
    const auto environment = pointers(launch.environment);
    m_pid = ::fork();
    if (m_pid < 0) {
        throw std::runtime_error("cannot start another process");
    }
    if (m_pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        std::signal(SIGPIPE, SIG_DFL);
        const int in = ::open(launch.in.c_str(), O_RDONLY | O_CLOEXEC);
        const int out = ::open(launch.out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        const int err = ::open(launch.err.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (in < 0 || out < 0 || err < 0 || ::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
            ::dup2(err, STDERR_FILENO) < 0) {
            ::_exit(126);
        }
        if (mode == Mode::Traced) {
            ::setpgid(0, 0);
            if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
                ::_exit(126);
            }
            ::raise(SIGSTOP);
        }
        ::execve(launch.program.c_str(), arguments.data(), environment.data());
        ::_exit(127);
    }
    if (mode == Mode::Traced) {
        ::setpgid(m_pid, m_pid); // whoever comes first
    }
    m_descriptor = static_cast<int>(::syscall(SYS_pidfd_open, m_pid, 0));
    if (m_descriptor < 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
        throw std::runtime_error("this kernel has no pidfd");
    }
    ::fcntl(m_descriptor, F_SETFD, FD_CLOEXEC);
}

Process::~Process() {
    kill();
    ::close(m_descriptor);
}

bool Process::isRunning() {
    return !waitForEnd(Milliseconds(0));
}

bool Process::waitForEnd(Milliseconds patience) {
    if (m_status) {
        return true;
    }
    pollfd waiting{m_descriptor, POLLIN, 0};
    while (::poll(&waiting, 1, static_cast<int>(patience.count())) < 0 && errno == EINTR) {
    }
    if ((waiting.revents & POLLIN) == 0) {
        return false;
    }
    int status = 0;
    while (::waitpid(m_pid, &status, __WALL) < 0 && errno == EINTR) {
    }
    m_status = status;
    return true;
}

void Process::signal(int signal) const {
    if (!m_status) {
        ::syscall(SYS_pidfd_send_signal, m_descriptor, signal, nullptr, 0);
    }
}

void Process::kill() {
    if (!m_status) {
        signal(SIGKILL);
        // A tracer has to take leave of every thread before the first one is gone.
        const pid_t whom = m_mode == Mode::Traced ? -m_pid : m_pid;
        int status = 0;
        pid_t found = 0;
        do {
            found = ::waitpid(whom, &status, __WALL);
        } while ((found < 0 && errno == EINTR) || (found > 0 && (found != m_pid || WIFSTOPPED(status))));
        m_status = status;
    }
}

std::optional<int> Process::exitCode() const {
    return m_status && WIFEXITED(*m_status) ? std::optional(WEXITSTATUS(*m_status)) : std::nullopt;
}

void Process::ended(int status) {
    m_status = status;
}

} // namespace sotto::torture
