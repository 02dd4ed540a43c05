// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a running client does, as lines for whoever looks for a fault. By category, and never with what
/// people wrote: no text, no name, no secret; messages, conversations and accounts appear by their ids.

#include "core/rpc/error.h"
#include "core/types/event.h"

#include <set>

namespace sotto::rpc {

enum class LogCategory {
    Link,    ///< the connection to the relay and why it ended
    Mail,    ///< messages by id: their state, and placeholders by cause
    Trust,   ///< contacts' keys, alarms
    Account, ///< registration
};

/// "all", or some of "link,mail,trust,account"; "" is none. The error names the word that is none of them.
Result<std::set<LogCategory>> logCategoriesFrom(const std::string& words);

/// The line for an event, without its end; nothing if its category is not wanted.
std::optional<std::string> logLine(const core::Event& event, const std::set<LogCategory>& wanted,
                                   std::int64_t now);

} // namespace sotto::rpc
