// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the parts of sync need of one logged-in connection: to ask, to tell, to break off, to report.

#include "core/messaging/effects.h"
#include "core/sync/requests.h"

namespace sotto::core {

class Link {
public:
    virtual ~Link() = default;
    /// Both write the frame out at once: it stays the caller's, who may use it again. ask() numbers it.
    virtual void ask(wire::pb::Frame& frame, Requests::Answer answer) = 0;
    void ask(wire::pb::Frame&& frame, Requests::Answer answer) { ask(frame, std::move(answer)); }
    virtual void tell(const wire::pb::Frame& frame) = 0;
    /// Storage failed: nothing more is received or sent on this connection; a new one is tried later (R12).
    virtual void storageFailed(db::Error error) = 0;
    /// The relay does what none may: the link ends, a new one is tried later.
    virtual void breakOff(const std::string& reason) = 0;
    /// After a commit: events to the observer, wake-ups to the other parts.
    virtual void perform(Effects effects) = 0;
    /// Something should be looked at again at this time at the latest.
    virtual void wakeAt(SteadyTime time) = 0;
};

} // namespace sotto::core
