// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/claim.h"

#include "core/db/database.h"

namespace sotto::relay {

namespace {

/// SQLite's application_id of a store for tests: "Test" in ASCII.
constexpr std::int64_t kTestStore = 0x54657374;

} // namespace

Expected<bool, db::Error> claimForTests(const std::filesystem::path& path) {
    std::error_code error;
    const bool isNew = !std::filesystem::exists(path, error);
    auto database = db::Database::open(path, {});
    if (!database) {
        return unexpected(database.error());
    }
    return database->transaction([&] {
        if (isNew) {
            database->execute("PRAGMA application_id = " + std::to_string(kTestStore));
            return true;
        }
        db::Rows rows = database->query("PRAGMA application_id");
        return rows.next() && rows.integer(0) == kTestStore;
    });
}

} // namespace sotto::relay
