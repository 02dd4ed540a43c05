// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/plan.h"

#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"

#include <algorithm>

namespace sotto::core {
namespace {

ColumnPlan::Type typeOf(std::string_view declared) {
    if (declared == "INTEGER" || declared == "INT") {
        return ColumnPlan::Type::Integer;
    }
    if (declared == "REAL") {
        return ColumnPlan::Type::Real;
    }
    if (declared == "TEXT") {
        return ColumnPlan::Type::Text;
    }
    return declared == "BLOB" ? ColumnPlan::Type::Blob : ColumnPlan::Type::Any;
}

/// What a default says: a number, a text or bytes, as the schemas have them.
ColumnValue valueOf(db::Database& database, const std::string& expression) {
    const std::string sql = "SELECT typeof(v), v FROM (SELECT " + expression + " AS v)";
    auto rows = database.query(sql);
    if (!rows.next() || rows.isNull(1)) {
        return std::monostate();
    }
    return rows.textView(0) == "integer" ? ColumnValue(rows.integer(1))
           : rows.textView(0) == "blob"  ? ColumnValue(rows.blob(1))
                                         : ColumnValue(rows.text(1));
}

IndexPlan indexPlan(db::Database& database, const std::string& name, bool isPartial) {
    IndexPlan index;
    index.name = name;
    index.isPartial = isPartial;
    for (auto rows = database.query("SELECT cid FROM pragma_index_xinfo(?) ORDER BY seqno", name);
         rows.next();) {
        index.columns.push_back(rows.as<int>(0));
    }
    return index;
}

TablePlan tablePlan(db::Database& database, const std::string& name, bool withoutRowid) {
    TablePlan table;
    table.name = name;
    table.kind = withoutRowid ? TreeKind::Index : TreeKind::Table;
    std::vector<std::pair<int, int>> key; // place in the primary key, column
    for (auto rows =
             database.query("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)", name);
         rows.next();) {
        ColumnPlan column;
        column.name = rows.text(0);
        column.type = typeOf(rows.textView(1));
        column.notNull = rows.boolean(2) || (withoutRowid && rows.as<int>(4) != 0);
        if (!rows.isNull(3)) {
            column.byDefault = valueOf(database, rows.text(3));
        }
        if (rows.as<int>(4) != 0) {
            key.emplace_back(rows.as<int>(4), static_cast<int>(table.columns.size()));
        }
        table.columns.push_back(std::move(column));
    }
    std::sort(key.begin(), key.end());
    if (withoutRowid) { // the key comes first in a record
        for (const auto& [place, column] : key) {
            table.key.push_back(column);
        }
        table.order = table.key;
    } else if (key.size() == 1 &&
               table.columns[static_cast<std::size_t>(key[0].second)].type == ColumnPlan::Type::Integer) {
        table.columns[static_cast<std::size_t>(key[0].second)].isRowid = true;
    }
    for (int column = 0; column < static_cast<int>(table.columns.size()); ++column) {
        if (std::find(table.key.begin(), table.key.end(), column) == table.key.end()) {
            table.order.push_back(column);
        }
    }
    std::vector<std::pair<std::string, bool>> indexes;
    for (auto rows = database.query("SELECT name, partial, origin FROM pragma_index_list(?)", name);
         rows.next();) {
        if (!withoutRowid || rows.textView(2) != "pk") { // that one is the table itself
            indexes.emplace_back(rows.text(0), rows.boolean(1));
        }
    }
    for (const auto& [index, isPartial] : indexes) {
        table.indexes.push_back(indexPlan(database, index, isPartial));
    }
    auto made = database.query(
        "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE type = 'table' AND name = ?", name);
    table.countsIds = made.next() && made.boolean(0);
    return table;
}

} // namespace

bool TablePlan::allows(std::size_t column, const ColumnValue& value) const {
    const ColumnPlan& plan = columns[column];
    if (std::holds_alternative<std::monostate>(value)) {
        return !plan.notNull || plan.isRowid;
    }
    switch (plan.type) {
    case ColumnPlan::Type::Integer:
        return std::holds_alternative<std::int64_t>(value);
    case ColumnPlan::Type::Real:
        return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    case ColumnPlan::Type::Text:
        return std::holds_alternative<std::string>(value);
    case ColumnPlan::Type::Blob:
        return std::holds_alternative<Bytes>(value);
    case ColumnPlan::Type::Any:
        return true;
    }
    return false;
}

std::optional<std::vector<ColumnValue>> TablePlan::row(const TreeRow& found) const {
    if (!found.isWhole || found.values.empty() || found.values.size() > columns.size()) {
        return std::nullopt;
    }
    std::vector<ColumnValue> values(columns.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto column = static_cast<std::size_t>(order[i]);
        values[column] = i < found.values.size() ? found.values[i] : columns[column].byDefault;
        if (!allows(column, values[column]) ||
            (columns[column].isRowid && !std::holds_alternative<std::monostate>(values[column]))) {
            return std::nullopt;
        }
        if (columns[column].isRowid) {
            values[column] = found.rowid;
        }
    }
    return values;
}

bool isOfSearch(std::string_view table) {
    return table.starts_with("search");
}

std::span<const db::Migration> migrationsTo(int version) {
    const auto all = clientMigrations();
    return version <= 0 || static_cast<std::size_t>(version) > all.size()
               ? all
               : all.first(static_cast<std::size_t>(version));
}

Expected<std::vector<TablePlan>, db::Error> planOf(int version) {
    db::OpenOptions options;
    options.mode = db::OpenOptions::Mode::OpenExisting; // in memory nothing is made
    options.tokenizer = &searchTokenizer();
    auto database = db::Database::open(":memory:", options);
    if (!database) {
        return unexpected(database.error());
    }
    if (const auto made = db::migrate(*database, migrationsTo(version)); !made) {
        return unexpected(made.error());
    }
    return db::attempt([&] {
        std::vector<std::pair<std::string, bool>> names;
        for (auto rows =
                 database->query("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = "
                                 "'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
             rows.next();) {
            if (!isOfSearch(rows.textView(0))) {
                names.emplace_back(rows.text(0), rows.boolean(1));
            }
        }
        std::vector<TablePlan> tables;
        for (const auto& [name, withoutRowid] : names) {
            tables.push_back(tablePlan(*database, name, withoutRowid));
        }
        return tables;
    });
}

} // namespace sotto::core
