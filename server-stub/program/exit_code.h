// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How sotto-relay ends; the same numbers as `sotto` (docs/RELAY.md).

namespace sotto::relay {

enum class ExitCode {
    Done = 0,
    Internal = 1,
    Usage = 2,
    Network = 3,
    NotFound = 6,
    Locked = 7, ///< in use, or no permission
    Damaged = 10,
};

} // namespace sotto::relay
