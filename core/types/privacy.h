// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What this profile tells others beside messages. Each can be turned off: then it is neither told nor shown.

#include <string_view>

namespace sotto::core {

enum class PrivacySetting : int {
    ReadReceipts, ///< that a message was read; that it arrived is told in any case
    Typing,
};

/// Its row among the settings of a profile, and what the user calls it.
constexpr std::string_view nameOf(PrivacySetting setting) {
    return setting == PrivacySetting::ReadReceipts ? "privacy.read_receipts" : "privacy.typing";
}

} // namespace sotto::core
