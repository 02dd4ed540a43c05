// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Schemas grow by an append-only list of migrations. A new database runs the whole list, so there is one
/// schema only.

#include "core/db/database.h"

#include <span>

namespace sotto::db {

struct Migration {
    int version; ///< from 1, without holes
    std::string_view script;
};

/// Brings the database to the last version, one transaction a step; a kill in between leaves a whole older
/// version. A database of a later version is refused (NewerSchema) and not touched.
Expected<void, Error> migrate(Database& database, std::span<const Migration> migrations);

} // namespace sotto::db
