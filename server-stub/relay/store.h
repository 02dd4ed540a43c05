// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The relay's durable state, behind one call, so that another database can take its place.

#include "core/base/clock.h"
#include "core/base/result.h"
#include "server-stub/relay/command.h"

#include <span>

namespace sotto::relay {

enum class StoreError {
    Full,    ///< no space left: goes on when there is
    Failing, ///< the disk or the database fails
};

/// Not thread-safe: whoever owns it calls from one thread.
class Store {
public:
    virtual ~Store() = default;
    /// Executes the jobs in order as one transaction and fills in their answers. They are durable when this
    /// returns (R1); after an error nothing happened and the answers mean nothing.
    virtual Expected<void, StoreError> execute(std::span<Job> jobs, WallTime now) = 0;
};

} // namespace sotto::relay
