// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Why a method did not do what was asked, as scripts see it: the exit code of the command line, carried
/// through JSON-RPC unchanged.

#include "core/types/failure.h"

#include <QJsonObject>

namespace sotto::rpc {

/// The documented exit codes of `sotto`. Few, and each means something else to do next.
enum class Exit : int {
    Done = 0,
    Internal = 1,    ///< a bug
    Usage = 2,       ///< the command line, a target or the configuration is wrong or ambiguous
    Unreachable = 3, ///< network or relay: try again
    NotTrusted = 4,  ///< an account key changed or is not accepted
    Limited = 5,     ///< rate limit, quota or full disk
    NotFound = 6,
    Locked = 7,  ///< wrong passphrase, in use, revoked, refused by the relay
    Partial = 8, ///< some of several things failed
    TimedOut = 9,
    Damaged = 10, ///< data on disk is damaged, or a history is incomplete or forked
    Interrupted = 130,
};

struct Error {
    Exit exit = Exit::Internal;
    std::string code; ///< one word for scripts, finer than the exit code
    std::string text; ///< one line for people
    std::optional<std::int64_t> retryAfterMs;
    QJsonObject details = {}; ///< further fields for scripts, such as both safety numbers
};

template <class T>
using Result = Expected<T, Error>;

Error errorOf(const core::Failure& failure);

inline auto fail(Exit exit, std::string code, std::string text) {
    return tl::unexpected(Error{exit, std::move(code), std::move(text), {}});
}

/// JSON-RPC's `error` member: {code, message, data: {exit, code, retry_after_ms, …details}}. Numbers of the
/// JSON-RPC specification where it names one, else 1000 + exit.
QJsonObject toJson(const Error& error);
/// Reads what toJson() wrote; anything else is an Internal error that says so.
Error errorFromJson(const QJsonObject& object);

} // namespace sotto::rpc
