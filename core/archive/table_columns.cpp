// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/table_columns.h"

#include <mutex>
#include <set>

namespace sotto::core {
namespace {

/// There are as many as there are tables, whatever is done with them.
std::string_view forEver(std::string text) {
    static std::mutex mutex;
    static std::set<std::string> texts;
    const std::scoped_lock lock(mutex);
    return *texts.insert(std::move(text)).first;
}

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "\"" : ", \"") + name + "\"";
    }
    return text;
}

} // namespace

std::vector<std::string> columnsOf(db::Database& database, std::string_view table) {
    std::vector<std::string> names;
    for (auto rows = database.query("SELECT name FROM pragma_table_info(?) ORDER BY cid", table);
         rows.next();) {
        names.push_back(rows.text(0));
    }
    return names;
}

std::string_view selectAll(std::string_view table, const std::vector<std::string>& columns) {
    return forEver("SELECT " + list(columns) + " FROM \"" + std::string(table) + "\"");
}

std::string_view insertRow(std::string_view table, const std::vector<std::string>& columns) {
    std::string values;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        values += i == 0 ? "?" : ", ?";
    }
    return forEver("INSERT INTO \"" + std::string(table) + "\"(" + list(columns) + ") VALUES (" + values +
                   ")");
}

} // namespace sotto::core
