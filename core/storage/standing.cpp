// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/standing.h"

namespace sotto::core {

void settleStanding(db::Database& database, AccountKeyRow account) {
    database.run("UPDATE conversation SET standing = coalesce((SELECT max(CASE WHEN c.blocked <> 0 THEN 2 "
                 "WHEN c.accepted = 0 THEN 1 ELSE 0 END) FROM conversation_member m CROSS JOIN contact c "
                 "ON c.account = m.account WHERE m.conversation = conversation.id), 0) "
                 "WHERE id IN (SELECT conversation FROM conversation_member WHERE account = ?)",
                 account);
    database.run("UPDATE conversation SET archived = 0 WHERE archived <> 0 AND standing <> 0 AND "
                 "id IN (SELECT conversation FROM conversation_member WHERE account = ?)",
                 account);
}

void settleStandings(db::Database& database) {
    std::vector<AccountKeyRow> accounts;
    for (auto rows = database.query("SELECT DISTINCT account FROM conversation_member"); rows.next();) {
        accounts.push_back(rows.as<AccountKeyRow>(0));
    }
    for (const AccountKeyRow account : accounts) {
        settleStanding(database, account);
    }
}

} // namespace sotto::core
