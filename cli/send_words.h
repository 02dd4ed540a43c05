// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace sotto::cli {

/// What a person reads of how far a sent message came.
inline std::string wordsForState(const std::string& state) {
    return state == "queued" || state == "encrypted" ? "queued: it goes out when the relay can be reached"
                                                     : state;
}

} // namespace sotto::cli
