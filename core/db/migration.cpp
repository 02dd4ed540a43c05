// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/db/migration.h"

namespace sotto::db {

Expected<void, Error> migrate(Database& database, std::span<const Migration> migrations) {
    return attempt([&] {
        const auto version = [&] {
            Rows rows = database.query("PRAGMA user_version");
            rows.next();
            return rows.as<int>(0);
        };
        const int current = version();
        if (!migrations.empty() && current > migrations.back().version) {
            throw Failure(Error::NewerSchema, "schema " + std::to_string(current) + " is newer than " +
                                                  std::to_string(migrations.back().version));
        }
        for (const Migration& migration : migrations) {
            if (migration.version <= current) {
                continue;
            }
            Transaction transaction(database);
            // Read inside the transaction: another process may have migrated meanwhile.
            if (version() < migration.version) {
                database.execute(migration.script);
                database.execute("PRAGMA user_version = " + std::to_string(migration.version));
            }
            transaction.commit();
        }
    });
}

} // namespace sotto::db
