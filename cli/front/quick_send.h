// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// `sotto send` to a process that has the profile open, without loading what a whole client needs: fifty at
/// once then cost two processors some milliseconds instead of half a second.

#include <optional>
#include <string>
#include <vector>

namespace sotto::cli {

struct QuickSend {
    /// Set when the message is queued and printed: the program's exit code.
    std::optional<int> exit;
    /// Otherwise: the command line for the whole program to run instead. Once the owner may have seen the
    /// message, it carries the message's id, so that running it sends nothing twice.
    std::vector<std::string> handOver;
    /// A signal to end has come and waits for the whole program, which says so as it always does.
    bool interrupted = false;
};

/// Handles what it is sure of (one text from the command line, a running owner, no waiting beyond queued) and
/// hands everything else over, complaints included: what a person reads comes from one place.
QuickSend quickSend(const std::vector<std::string>& arguments);

} // namespace sotto::cli
