// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Runs a function in a child process that is killed at its k-th system call which changes something outside
/// of it: before the call is made, or right after. State leaves a process by system calls only, so all k
/// together are a kill at any instruction. Linux 5.3 or later, ptrace allowed, one thread in the child.

#include "tests/support/child_process.h"

#include <array>
#include <fcntl.h>
#include <optional>
#include <sys/ptrace.h>
#include <sys/syscall.h>

namespace sotto::test {

enum class KillWhen { Before, After };

/// The child's end: nothing if ptrace is not allowed here.
struct KilledRun {
    bool killed = false; ///< false: it ended by itself, there is no k-th call
    std::string report;  ///< what run returned, if it ended by itself
};

inline bool changesState(const __ptrace_syscall_info& info) {
    switch (info.entry.nr) {
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_fchmod:
    case SYS_renameat:
    case SYS_unlinkat:
    case SYS_mkdirat:
#ifdef SYS_rename
    case SYS_rename:
    case SYS_unlink:
    case SYS_rmdir:
    case SYS_mkdir:
    case SYS_chmod:
#endif
        return true;
    case SYS_openat:
        return (info.entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
#ifdef SYS_open
    case SYS_open:
        return (info.entry.args[1] & (O_CREAT | O_TRUNC)) != 0;
#endif
    default:
        return false;
    }
}

inline std::optional<KilledRun> runUntilCall(int k, KillWhen when, const std::function<std::string()>& run) {
    Child child([&]() -> std::string {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
            return "no ptrace";
        }
        std::raise(SIGSTOP); // the parent sets its options here
        return run();
    });
    const auto waitForStop = [&] {
        int status = 0;
        while (::waitpid(child.process(), &status, 0) < 0 && errno == EINTR) {
        }
        return status;
    };
    int status = waitForStop();
    if (!WIFSTOPPED(status) || ::ptrace(PTRACE_SETOPTIONS, child.process(), nullptr,
                                        PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
        return std::nullopt;
    }
    int counted = 0;
    bool inside = false; // of a counted call
    int signal = 0;
    while (::ptrace(PTRACE_SYSCALL, child.process(), nullptr, signal) == 0) {
        status = waitForStop();
        if (!WIFSTOPPED(status)) {
            child.forget();
            return KilledRun{false, child.report()};
        }
        signal = 0;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            signal = WSTOPSIG(status);
            continue;
        }
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, child.process(), sizeof info, &info) <= 0) {
            return std::nullopt;
        }
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && changesState(info)) {
            inside = ++counted == k;
            if (inside && when == KillWhen::Before) {
                child.kill();
                return KilledRun{true, {}};
            }
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && inside) {
            child.kill();
            return KilledRun{true, {}};
        }
    }
    return std::nullopt;
}

} // namespace sotto::test
