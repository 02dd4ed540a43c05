// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One thing that a process does and that is interrupted at every place in turn. Each has a world of its own.

#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/tracer.h"

#include <functional>

namespace sotto::torture {

class Scenario {
public:
    virtual ~Scenario() = default;
    /// Something to do, from a state that is clean.
    virtual void prepare() = 0;
    /// The process that is interrupted while it does it.
    virtual Launch victim() = 0;
    /// Called when the victim runs, on the tracer's thread.
    virtual void begun(const Process&) {}
    /// Does it to its end, as a person would after a crash, and checks what came of it.
    virtual void recover(const TracedEnd& end) = 0;
    /// After all crashes: the whole history.
    virtual void finish() {}
};

/// A scenario to be: a world is made only where it is played.
struct ScenarioEntry {
    const char* name;
    std::function<std::unique_ptr<Scenario>(Findings&)> make;
    bool ofRelay = false; ///< the relay is interrupted, not a client
};
const std::vector<ScenarioEntry>& scenarios();

} // namespace sotto::torture
