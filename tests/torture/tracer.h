// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Runs a program under ptrace, all its threads, and kills it at its k-th system call that changes something
/// outside of it. Calls count from the moment the program holds the lock of its profile or data directory:
/// state leaves a process by system calls only, so all k together are a kill at any instruction from there
/// on.

#include "tests/torture/process.h"

#include <functional>
#include <stdexcept>

namespace sotto::torture {

/// Where to kill: before the call is made, or when it has been.
struct CrashPoint {
    int call = 0; ///< from 1; 0: nowhere
    bool after = false;
};

/// There is no ptrace here: a sandbox, or a kernel setting. The only reason to leave a crash test out.
class TracingRefused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct TracedEnd {
    bool killed = false; ///< at the crash point; false: the program ended before it came there
    bool hung = false;   ///< it did not end in time, and was killed for that
    std::optional<int> exitCode;
    int calls = 0; ///< state-changing ones that were counted
};

class Tracer {
public:
    /// Calls that write to a disk (fsync, fdatasync) take this much longer: a slow disk.
    explicit Tracer(Milliseconds slowSync = Milliseconds(0))
        : m_slowSync(slowSync) {}
    /// Runs it to its end or to the crash point, on this thread; `begun` is called once it exists. Throws
    /// TracingRefused where ptrace is not allowed.
    TracedEnd run(const Launch& launch, CrashPoint point, Milliseconds patience,
                  const std::function<void(const Process&)>& begun = {}) const;

private:
    Milliseconds m_slowSync;
};

} // namespace sotto::torture
