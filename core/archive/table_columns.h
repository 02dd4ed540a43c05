// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Columns of a table as the open database has them, and statements made of them. Names come from the
/// database's own schema, never from a file.

#include "core/db/database.h"

namespace sotto::core {

/// Empty when there is no such table.
std::vector<std::string> columnsOf(db::Database& database, std::string_view table);
/// SELECT and INSERT of all columns. The text lives for ever: connections keep statements by it.
std::string_view selectAll(std::string_view table, const std::vector<std::string>& columns);
std::string_view insertRow(std::string_view table, const std::vector<std::string>& columns);

} // namespace sotto::core
