// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// `sotto-relay up` and `sotto-relay invite`.

#include "server-stub/faults/fault_plan.h"
#include "server-stub/program/exit_code.h"
#include "server-stub/relay/limits.h"

#include "core/base/clock.h"

#include <filesystem>
#include <optional>
#include <string>

namespace sotto::relay {

struct UpOptions {
    std::filesystem::path data;
    std::string host = "127.0.0.1";
    std::uint16_t port = 4433;
    struct Endpoint {
        std::string host;
        std::uint16_t port = 0;
    };
    std::optional<Endpoint> figures; ///< where /metrics, /health and /ready are shown
    std::string publicHost;          ///< what join links say; empty: the host
    bool plain = false;
    bool openRegistration = false;
    bool json = false;
    unsigned invites = 1;
    Milliseconds retention = std::chrono::hours(24 * 30);
    Limits limits;
    bool testing = false;
    FaultPlan faults; ///< of a testing relay
};
/// Serves until SIGTERM or SIGINT.
ExitCode up(const UpOptions& options);

struct InviteOptions {
    std::filesystem::path data;
    unsigned count = 1;
    Milliseconds expires = std::chrono::hours(24 * 7);
    bool json = false;
};
/// Makes invites at a relay that is running from that directory.
ExitCode invite(const InviteOptions& options);

/// One line on stderr: what was attempted and what to do.
ExitCode fail(ExitCode code, const std::string& sentence);

} // namespace sotto::relay
