// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Why a command of the client did not do what was asked: the one error type that faces (CLI, desktop, RPC)
/// see.

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sotto::core {

/// Named after what the person or script does next; the CLI's exit codes and the RPC's error codes follow
/// from it.
enum class FailureCode {
    Internal,    ///< a bug: report it
    Invalid,     ///< the request itself is wrong
    Ambiguous,   ///< several things match: say which
    Unreachable, ///< no relay, or it does not answer: try again
    Refused,     ///< the relay said no: the text says why
    NotTrusted,  ///< an account key changed or is not accepted
    RateLimited, ///< wait for retryAfterMs
    NotFound,
    Locked, ///< wrong passphrase, profile in use, revoked device, no permission
    TimedOut,
    Damaged,  ///< data on disk is damaged: nothing was changed
    DiskFull, ///< nothing was stored
};

struct Failure {
    FailureCode code = FailureCode::Internal;
    std::string
        text; ///< one line for people: what was attempted, why it failed, what to do. No contents, no keys.
    std::optional<std::int64_t> retryAfterMs;
};

template <class T>
using Result = Expected<T, Failure>;

inline auto failure(FailureCode code, std::string text) {
    return tl::unexpected(Failure{code, std::move(text), {}});
}

} // namespace sotto::core
