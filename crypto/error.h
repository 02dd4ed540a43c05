// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What can go wrong between two devices, named after what the caller does next. After any of these the
/// caller rolls its savepoint back: a failed call may have written.

#include "core/base/result.h"

#include <string_view>

namespace sotto::crypto {

enum class Error {
    Duplicate,     ///< this counter was opened before: seen if the header hash is known, else a placeholder
    Undecryptable, ///< no session opens it: placeholder, ask for a resend
    TooFarAhead,   ///< so many of its chain are missing that it is not worked through: ask on a new session
    Malformed,     ///< not a header of ours, or a key of small order: placeholder, never a resend
    PrekeyGone,    ///< made for a prekey that is used up or replaced: ask for a resend on a new session
    NoSession,     ///< start a session first
    UntrustedIdentity, ///< the session or message is of another identity than the newest list names: hold
    Storage,           ///< the store failed: roll the whole batch back, acknowledge nothing
};

template <class T>
using Result = Expected<T, Error>;

/// For logs: the enumerator's name.
std::string_view nameOf(Error error);

} // namespace sotto::crypto
