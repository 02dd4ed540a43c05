// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Runs a function in a child process that is killed at its k-th system call which changes something outside
/// of it: before the call is made, or right after. State leaves a process by system calls only, so all k
/// together are a kill at any instruction. Linux 5.3 or later, ptrace allowed, one thread in the child.

#include "tests/support/child_process.h"
#include "tests/support/state_changing_call.h"

#include <array>
#include <optional>

namespace sotto::test {

enum class KillWhen { Before, After };

/// The child's end: nothing if ptrace is not allowed here.
struct KilledRun {
    bool killed = false; ///< false: it ended by itself, there is no k-th call
    std::string report;  ///< what run returned, if it ended by itself
};

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
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && changesFiles(info)) {
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
