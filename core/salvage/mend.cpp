// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/mend.h"

#include "core/base/device_list.h"
#include "core/storage/conversation_store.h"
#include "core/storage/setting_store.h"
#include "core/storage/standing.h"

#include <algorithm>

namespace sotto::core {
namespace {

/// More ids than anybody gives out between two commits: what no page tells any more lies below.
constexpr std::int64_t kIdSlack = 1'000'000;

TableCondition& conditionOf(SalvageReport& report, const std::string& table) {
    const auto found =
        std::find_if(report.tables.begin(), report.tables.end(),
                     [&](const TableCondition& condition) { return condition.table == table; });
    if (found != report.tables.end()) {
        return *found;
    }
    report.tables.push_back({});
    report.tables.back().table = table;
    return report.tables.back();
}

/// An account's key stands in the bytes that it signed, too.
void accountsFromLists(db::Database& database, SalvageReport& report) {
    std::vector<std::pair<std::int64_t, AccountId>> found;
    for (auto rows = database.query("SELECT account, bytes, signature FROM device_list WHERE account NOT IN "
                                    "(SELECT id FROM account)");
         rows.next();) {
        const auto signature = Signature::from(rows.blobView(2));
        const auto list = signature
                              ? verifyDeviceList({rows.blob(1), *signature})
                              : Expected<VerifiedDeviceList, ListError>(unexpected(ListError::Malformed));
        if (list) {
            found.emplace_back(rows.integer(0), list->list().account());
        }
    }
    TableCondition& condition = conditionOf(report, "account");
    for (const auto& [row, account] : found) {
        database.run("INSERT OR IGNORE INTO account(id, key) VALUES (?, ?)", row, account);
        if (database.changes() != 0) {
            ++condition.rebuilt;
            ++condition.found;
            condition.lost -= condition.lost > 0 ? 1 : 0;
        }
    }
}

/// A conversation of two is named by their accounts.
void conversationsFromPeople(db::Database& database, const AccountId& self, SalvageReport& report) {
    std::vector<std::pair<std::int64_t, AccountId>> found;
    for (auto rows = database.query(
             "SELECT p.conversation, a.key FROM (SELECT conversation, account FROM conversation_member UNION "
             "SELECT DISTINCT conversation, sender FROM message WHERE outgoing = 0) p "
             "JOIN account a ON a.id = p.account WHERE a.key <> ? AND p.conversation NOT IN (SELECT id FROM "
             "conversation)",
             self);
         rows.next();) {
        found.emplace_back(rows.integer(0), rows.fixed<AccountId>(1));
    }
    TableCondition& condition = conditionOf(report, "conversation");
    for (const auto& [row, other] : found) {
        database.run("INSERT OR IGNORE INTO conversation(id, wire_id) VALUES (?, ?)", row,
                     directConversationId(self, other));
        if (database.changes() != 0) {
            ++condition.rebuilt;
            ++condition.found;
            condition.lost -= condition.lost > 0 ? 1 : 0;
        }
    }
}

struct Reference {
    std::string table;
    std::string column;
    std::string parent;
    std::string parentColumn;
    bool isOptional = false;
};

std::vector<Reference> references(db::Database& database) {
    std::vector<Reference> found;
    for (auto rows = database.query(
             "SELECT t.name, f.\"from\", f.\"table\", coalesce(f.\"to\", (SELECT c.name FROM "
             "pragma_table_info(f.\"table\") c WHERE c.pk = 1)), (SELECT c.\"notnull\" = 0 AND c.pk = 0 FROM "
             "pragma_table_info(t.name) c WHERE c.name = f.\"from\") FROM pragma_table_list t, "
             "pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table' ORDER BY 1, 2");
         rows.next();) {
        found.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.boolean(4)});
        // Without its message such a row would mean something else.
        found.back().isOptional &= found.back().table != "outbox";
    }
    return found;
}

void removeOrphans(db::Database& database, SalvageReport& report) {
    const auto all = references(database);
    for (bool changed = true; changed;) {
        changed = false;
        for (const Reference& reference : all) {
            const std::string lost = "\"" + reference.column + "\" IS NOT NULL AND \"" + reference.column +
                                     "\" NOT IN (SELECT \"" + reference.parentColumn + "\" FROM \"" +
                                     reference.parent + "\")";
            const std::string sql = reference.isOptional
                                        ? "UPDATE \"" + reference.table + "\" SET \"" + reference.column +
                                              "\" = NULL WHERE " + lost
                                        : "DELETE FROM \"" + reference.table + "\" WHERE " + lost;
            database.run(sql);
            const int rows = database.changes();
            changed |= rows != 0;
            if (rows != 0 && !reference.isOptional) {
                TableCondition& condition = conditionOf(report, reference.table);
                condition.lost += static_cast<std::uint64_t>(rows);
                condition.found -= std::min(condition.found, static_cast<std::uint64_t>(rows));
            }
        }
    }
}

/// A chain's numbers that have arrived, without one of them.
void takeNumberBack(db::Database& database, std::int64_t chain, std::int64_t seq) {
    auto rows =
        database.query("SELECT first, last, previous, hash FROM chain_range WHERE chain = ?1 AND "
                       "first = (SELECT max(first) FROM chain_range WHERE chain = ?1 AND first <= ?2) "
                       "AND last >= ?2",
                       chain, seq);
    if (!rows.next()) {
        return;
    }
    const std::int64_t first = rows.integer(0);
    const std::int64_t last = rows.integer(1);
    const auto previous = rows.optionalFixed<Digest>(2);
    const auto hash = rows.optionalFixed<Digest>(3);
    database.run("DELETE FROM chain_range WHERE chain = ? AND first = ?", chain, first);
    if (first < seq) {
        database.run(
            "INSERT INTO chain_range(chain, first, last, previous, hash) VALUES (?1, ?2, ?3, ?4, "
            "(SELECT m.content_hash FROM chain c JOIN message m ON m.conversation = c.conversation AND "
            "m.sender = c.sender AND m.device = c.device AND m.generation = c.generation AND "
            "m.generation > 0 AND m.seq = ?3 WHERE c.id = ?1))",
            chain, first, seq - 1, previous);
    }
    if (seq < last) {
        database.run("INSERT INTO chain_range(chain, first, last, previous, hash) VALUES (?, ?, ?, NULL, ?)",
                     chain, seq + 1, last, hash);
    }
}

/// What has arrived, by the lines that are there.
void recountRanges(db::Database& database, const Bytes& self) {
    database.run("INSERT OR IGNORE INTO chain(conversation, sender, device, generation, base) "
                 "SELECT DISTINCT m.conversation, m.sender, m.device, m.generation, 0 FROM message m "
                 "JOIN account a ON a.id = m.sender WHERE m.generation > 0 AND m.outgoing = 0 AND a.key <> ?",
                 self);
    database.run(
        "UPDATE chain SET head = max(head, coalesce((SELECT max(last) FROM chain_range r WHERE r.chain = "
        "chain.id), 0))");
    database.run("DELETE FROM chain_range");
    database.run(
        "INSERT INTO chain_range(chain, first, last, previous, hash) "
        "SELECT r.chain, r.first, r.last, NULL, (SELECT m.content_hash FROM chain c JOIN message m ON "
        "m.conversation = c.conversation AND m.sender = c.sender AND m.device = c.device AND m.generation = "
        "c.generation AND m.generation > 0 AND m.seq = r.last WHERE c.id = r.chain) "
        "FROM (SELECT chain, min(seq) AS first, max(seq) AS last FROM (SELECT c.id AS chain, m.seq, m.seq - "
        "row_number() OVER (PARTITION BY c.id ORDER BY m.seq) AS island FROM chain c JOIN message m ON "
        "m.conversation = c.conversation AND m.sender = c.sender AND m.device = c.device AND m.generation = "
        "c.generation AND m.generation > 0 GROUP BY c.id, m.seq) GROUP BY chain, island) r");
}

void takeLinesBack(db::Database& database, const std::optional<AccountId>& self,
                   const SalvageReport& report) {
    const auto isHurt = [&](const char* table) {
        const TableCondition* condition = report.of(table);
        return condition != nullptr &&
               (condition->maybeMore || condition->lost != 0 || condition->older != 0);
    };
    bool recount = isHurt("chain") || isHurt("chain_range") || !report.log.isWhole();
    if (const TableCondition* messages = report.of("message")) {
        recount |= messages->maybeMore || messages->rejected != 0 || messages->lost > report.lines.size();
    }
    for (const LostLine& line : report.lines) {
        if (!line.conversation || !line.sender || !line.device || !line.generation || !line.seq) {
            recount |= !line.conversation; // a row that is only partly named may have had a number
            continue;
        }
        if (*line.generation <= 0) {
            continue;
        }
        auto chain =
            database.query("SELECT id FROM chain WHERE conversation = ? AND sender = ? AND device = ? AND "
                           "generation = ?",
                           *line.conversation, *line.sender, *line.device, *line.generation);
        if (!chain.next()) {
            continue; // one's own
        }
        const std::int64_t id = chain.integer(0);
        takeNumberBack(database, id, *line.seq);
        database.run("UPDATE chain SET head = max(head, ?) WHERE id = ?", *line.seq, id);
    }
    if (recount) {
        recountRanges(database, self ? bytesOf(self->view()) : Bytes());
    }
}

} // namespace

void mendReferences(db::Database& database, const std::optional<AccountId>& self, SalvageReport& report) {
    accountsFromLists(database, report);
    if (self) {
        conversationsFromPeople(database, *self, report);
    }
    removeOrphans(database, report);
}

void raiseIds(db::Database& database, const Salvage& salvage, const SalvageReport& report) {
    for (const TablePlan& table : salvage.plan()) {
        if (!table.countsIds) {
            continue;
        }
        const auto known = salvage.ids().find(table.name);
        const TableCondition* condition = report.of(table.name);
        const bool isCertain = salvage.areIdsCertain() && report.log.isWhole();
        std::int64_t id = known == salvage.ids().end() ? 0 : known->second;
        id += isCertain ? 0 : kIdSlack;
        if (id == 0 && (condition == nullptr || condition->isWhole())) {
            continue;
        }
        database.run("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", id, table.name);
        if (database.changes() == 0) {
            database.run("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", table.name, id);
        }
    }
}

void noteLosses(db::Database& database, const std::optional<AccountId>& self, const SalvageReport& report) {
    takeLinesBack(database, self, report);
    // What was to be sent and has lost its place in the row, or its bytes.
    database.run(
        "UPDATE message SET state = 1, generation = 0, seq = 9223372036854775807 WHERE outgoing = 1 AND "
        "state IN (1, 2) AND id IN (SELECT message FROM outbox WHERE send IS NOT NULL AND send NOT IN "
        "(SELECT id FROM send))");
    database.run("DELETE FROM outbox WHERE message IS NULL AND send IS NOT NULL AND send NOT IN (SELECT id "
                 "FROM send)");
    database.run("UPDATE outbox SET send = NULL, payload_key = NULL WHERE send IS NOT NULL AND send NOT IN "
                 "(SELECT id FROM send)");
    database.run(
        "UPDATE message SET state = 1, generation = 0, seq = 9223372036854775807 WHERE outgoing = 1 AND "
        "state IN (1, 2) AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)");
    database.run(
        "INSERT INTO outbox(conversation, message, class) SELECT conversation, id, 0 FROM message WHERE "
        "outgoing = 1 AND state IN (1, 2) AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT "
        "NULL) ORDER BY id");
    // Somebody we wrote to was accepted once.
    const TableCondition* contacts = report.of("contact");
    if (contacts != nullptr && contacts->rebuilt != 0) {
        database.run(
            "UPDATE contact SET accepted = 1 WHERE accepted = 0 AND account IN (SELECT c.account FROM "
            "conversation_member c JOIN message m ON m.conversation = c.conversation WHERE m.outgoing = 1)");
    }
    settleStandings(database);
    // Of whose time nothing is known any more: they were to disappear, and do.
    database.run(
        "INSERT INTO expiry(message, seconds, deadline) SELECT id, 86400, received_at + 86400000 FROM "
        "message WHERE kind = 1 AND extras & 8 AND id NOT IN (SELECT message FROM expiry)");
    database.run("UPDATE message SET extras = extras & ~16 WHERE extras & 16 AND id NOT IN (SELECT message "
                 "FROM timer_change)");
    // Who does not know any more what was read takes all of it for read.
    const TableCondition* conversations = report.of("conversation");
    if (conversations != nullptr && conversations->rebuilt != 0) {
        database.run(
            "UPDATE conversation SET (read_stamp, read_seq, newest_at, preview) = (SELECT m.sort_stamp, "
            "m.seq, "
            "m.sent_at, substr(m.text, 1, 50) FROM message m WHERE m.conversation = conversation.id AND "
            "m.kind <> 6 ORDER BY "
            "m.sort_stamp DESC, m.seq DESC LIMIT 1) WHERE newest_at = 0 AND read_stamp = 0 AND EXISTS "
            "(SELECT 1 FROM message m WHERE m.conversation = conversation.id AND m.kind <> 6)");
    }
    database.run(
        "UPDATE conversation SET unread = (SELECT count(*) FROM message m WHERE m.conversation = "
        "conversation.id AND m.outgoing = 0 AND m.kind <> 5 AND m.kind <> 6 AND (m.sort_stamp, m.seq) > "
        "(conversation.read_stamp, "
        "conversation.read_seq))");
    SettingStore settings(database);
    auto numbered = database.query("SELECT coalesce(max(generation), 1) FROM own_chain");
    if (!settings.number("generation") && numbered.next()) {
        settings.set("generation", numbered.integer(0));
    }
    // Settings as they stood earlier may not know yet that the account was registered.
    database.run(
        "UPDATE setting SET value = 1 WHERE name = 'registered' AND EXISTS (SELECT 1 FROM own_chain)");
    settings.clear("generation_pair");
}

void forgetIndexed(db::Database& database) {
    database.run("UPDATE search_range SET first = coalesce((SELECT max(id) FROM message), 0) + 1, last = "
                 "coalesce((SELECT max(id) FROM message), 0), texts = 0");
    database.run("DELETE FROM search_block");
}

} // namespace sotto::core
