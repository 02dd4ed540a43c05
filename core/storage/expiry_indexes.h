// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Of the thirteenth migration: opening a profile looks only at the messages whose time has not begun, and at
/// those whose time began later than the clock says, however many more are under way.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kExpiryIndexes = R"sql(
CREATE INDEX expiry_not_begun ON expiry(message) WHERE deadline IS NULL;
CREATE INDEX expiry_begun ON expiry(deadline - seconds * 1000) WHERE deadline IS NOT NULL;
)sql";

} // namespace sotto::core
