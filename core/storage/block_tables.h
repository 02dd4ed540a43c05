// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The tenth migration: contacts of whom nothing is taken any more.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kBlockTables = R"sql(
ALTER TABLE contact ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
)sql";

} // namespace sotto::core
