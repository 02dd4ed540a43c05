// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/tracer.h"

#include "tests/support/state_changing_call.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sotto::torture {

namespace {

/// Descriptors between a process and itself: what is written there is gone with it.
bool isInternal(pid_t process, std::uint64_t descriptor) {
    std::array<char, 64> target{};
    const std::string link = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), target.data(), target.size() - 1);
    const std::string_view name(target.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    return name.starts_with("anon_inode:") || name.starts_with("pipe:");
}

/// Files, and what goes to others; a program's own pipes are inside it.
bool changesState(pid_t process, const __ptrace_syscall_info& call) {
    switch (call.entry.nr) {
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
        return !isInternal(process, call.entry.args[0]);
    case SYS_shutdown:
    case SYS_connect:
    case SYS_bind:
        return true;
    default:
        return test::changesFiles(call);
    }
}

bool isSync(std::uint64_t number) {
    return number == SYS_fsync || number == SYS_fdatasync;
}

/// The marker: whoever holds this lock has the profile or data directory open.
bool takesLock(const __ptrace_syscall_info& call) {
    return call.entry.nr == SYS_fcntl && call.entry.args[1] == F_OFD_SETLK;
}

/// Kills a process that does not end in time; its tracer cannot, it waits.
class Watchdog {
public:
    Watchdog(const Process& process, Milliseconds patience)
        : m_thread([this, &process, patience] {
            std::unique_lock lock(m_mutex);
            if (!m_done.wait_for(lock, patience, [this] { return m_ended; })) {
                m_hung = true;
                process.signal(SIGKILL);
            }
        }) {}
    ~Watchdog() {
        {
            const std::lock_guard lock(m_mutex);
            m_ended = true;
        }
        m_done.notify_all();
        m_thread.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    bool hung() const { return m_hung; }

private:
    std::mutex m_mutex;
    std::condition_variable m_done;
    bool m_ended = false;
    std::atomic<bool> m_hung = false;
    std::thread m_thread;
};

} // namespace

TracedEnd Tracer::run(const Launch& launch, CrashPoint point, Milliseconds patience,
                      const std::function<void(const Process&)>& begun) const {
    Process process(launch, Process::Mode::Traced);
    TracedEnd end;
    int status = 0;
    if (::waitpid(process.pid(), &status, __WALL) < 0 || !WIFSTOPPED(status) ||
        ::ptrace(PTRACE_SETOPTIONS, process.pid(), nullptr,
                 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0) {
        if (!WIFSTOPPED(status)) {
            process.ended(status);
        }
        throw TracingRefused("ptrace is not allowed here");
    }
    if (begun) {
        begun(process);
    }
    const Watchdog watchdog(process, patience);
    std::set<pid_t> inside; // threads in the call after which to kill
    std::set<pid_t> locking;
    bool counting = false;
    pid_t stopped = process.pid();
    int signal = 0;
    while (true) {
        ::ptrace(PTRACE_SYSCALL, stopped, nullptr, signal);
        signal = 0;
        do {
            stopped = ::waitpid(-process.pid(), &status, __WALL);
        } while (stopped < 0 && errno == EINTR);
        if (stopped < 0) {
            break;
        }
        if (!WIFSTOPPED(status)) {
            if (stopped == process.pid()) {
                process.ended(status);
                break;
            }
            continue; // a thread ended; resuming it again is refused, and harmless
        }
        const int stop = WSTOPSIG(status);
        if (stop != (SIGTRAP | 0x80)) {
            // A new thread begins with a SIGSTOP that nobody sent; events are SIGTRAPs.
            signal = stop == SIGTRAP || stop == SIGSTOP ? 0 : stop;
            continue;
        }
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, stopped, sizeof info, &info) <= 0) {
            continue;
        }
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            if (takesLock(info)) {
                locking.insert(stopped);
            }
            if (m_slowSync.count() > 0 && isSync(info.entry.nr)) {
                std::this_thread::sleep_for(m_slowSync);
            }
            if (counting && changesState(process.pid(), info) && ++end.calls == point.call) {
                if (!point.after) {
                    end.killed = true;
                    break;
                }
                inside.insert(stopped);
            }
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
            if (locking.erase(stopped) != 0 && info.exit.is_error == 0) {
                counting = true;
            }
            if (inside.contains(stopped)) {
                end.killed = true;
                break;
            }
        }
    }
    if (end.killed) {
        process.kill();
    }
    end.hung = watchdog.hung();
    end.exitCode = process.exitCode();
    return end;
}

} // namespace sotto::torture
