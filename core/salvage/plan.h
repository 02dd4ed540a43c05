// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How the rows of a client's database look in one version of its schema: what SQLite itself says of an empty
/// one made by the same migrations. Nothing is parsed out of a damaged file.

#include "core/db/migration.h"
#include "core/salvage/tree.h"

namespace sotto::core {

struct ColumnPlan {
    enum class Type { Integer, Real, Text, Blob, Any };
    std::string name;
    Type type = Type::Any;
    bool isRowid = false; ///< stands as NULL in the record
    bool notNull = false;
    ColumnValue byDefault; ///< of rows that are older than the column
};

struct IndexPlan {
    std::string name;
    std::vector<int> columns; ///< of the table, in the order of its records; -1: the rowid
    bool isPartial = false;
};

struct TablePlan {
    std::string name;
    TreeKind kind = TreeKind::Table; ///< Index: WITHOUT ROWID
    bool countsIds = false;          ///< AUTOINCREMENT
    std::vector<ColumnPlan> columns;
    std::vector<int> order; ///< which column each value of a record is
    std::vector<int> key;   ///< the primary key of a table WITHOUT ROWID
    std::vector<IndexPlan> indexes;

    /// A record as values of all columns; nothing when it does not fit them.
    std::optional<std::vector<ColumnValue>> row(const TreeRow& found) const;
    bool allows(std::size_t column, const ColumnValue& value) const;
};

/// Every table but those of the search index, which are made anew. Version: of the schema; 0 or a later one
/// than is known count as the last.
Expected<std::vector<TablePlan>, db::Error> planOf(int version);
/// The migrations that make this version.
std::span<const db::Migration> migrationsTo(int version);
/// Tables that only search needs.
bool isOfSearch(std::string_view table);

} // namespace sotto::core
