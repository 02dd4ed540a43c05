// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A failed read or transaction in words, for whoever asked.

#include "core/db/error.h"
#include "core/types/failure.h"

namespace sotto::core {

/// What was attempted, why it failed, what to do.
Failure storageFailure(db::Error error, const std::string& doing);

template <class T>
Result<T> resultOf(Expected<T, db::Error> outcome, const std::string& doing) {
    if (!outcome) {
        return tl::unexpected(storageFailure(outcome.error(), doing));
    }
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return std::move(*outcome);
    }
}

} // namespace sotto::core
