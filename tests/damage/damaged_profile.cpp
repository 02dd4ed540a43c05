// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/damage/damaged_profile.h"

#include "core/profile/database_key.h"
#include "core/profile/repaired_history.h"
#include "core/storage/setting_store.h"
#include "tests/support/chatter.h"
#include "tests/support/history_fixture.h"
#include "tests/support/seeded_random.h"

namespace sotto::test {

using namespace sotto::core;

namespace {

Truth rowsOf(db::Database& database) {
    Truth truth;
    std::vector<std::pair<std::string, std::string>> queries; // the texts outlive their statements
    const auto plan = planOf(0);
    for (const TablePlan& table : *plan) {
        std::string values;
        for (const ColumnPlan& column : table.columns) {
            values += (values.empty() ? "" : " || '|' || ") + std::string("quote(\"") + column.name + "\")";
        }
        queries.emplace_back(table.name, "SELECT " + values + " FROM \"" + table.name + "\"");
    }
    for (const auto& [table, sql] : queries) {
        for (auto rows = database.query(sql); rows.next();) {
            truth[table].insert(rows.text(0));
        }
    }
    return truth;
}

/// Something in every table, so that each has a page to lose.
void fillOtherTables(db::Database& database) {
    SettingStore settings(database);
    settings.set("relay_host", std::string_view("relay.example"));
    settings.set("relay_port", std::int64_t{443});
    settings.set("generation", std::int64_t{1});
    settings.set("generation_pair", BytesView(Bytes(56, 1)));
    database.execute(
        "INSERT INTO device_list(account, bytes, signature, seen_at, signer_epoch, version, devices) "
        "SELECT id, randomblob(300), randomblob(64), 1, 1, 1, 1 FROM account;"
        "INSERT INTO session(account, device, record) SELECT key, 1, randomblob(9000) FROM account;"
        "INSERT INTO prekey_id(id) SELECT id FROM message LIMIT 2000;"
        "INSERT INTO one_time_prekey(id, public_key, private_key) SELECT id, randomblob(33), randomblob(32) "
        "FROM "
        "message LIMIT 400;"
        "INSERT INTO signed_prekey(id, public_key, private_key, created_at) VALUES (1, randomblob(33), "
        "randomblob(32), 1);"
        "INSERT INTO base_key(signed_prekey, base_key) VALUES (1, randomblob(33));"
        "INSERT INTO own_chain(conversation, generation, last_seq, last_hash) SELECT id, 1, 5, "
        "randomblob(32) FROM "
        "conversation;"
        "INSERT INTO seq_base(conversation, generation, account, device, first) SELECT conversation, 1, "
        "account, 1, 1 "
        "FROM conversation_member;"
        "INSERT INTO received_head(conversation, generation, account, device, seq) SELECT conversation, 1, "
        "account, 1, "
        "4 FROM conversation_member;"
        "INSERT INTO message_receipt(message, account, state, at) SELECT m.id, c.account, 4, 7 FROM message "
        "m JOIN "
        "conversation_member c ON c.conversation = m.conversation WHERE m.outgoing = 1;"
        "INSERT INTO receipt_due(message, account, state) SELECT id, sender, 4 FROM message WHERE outgoing = "
        "0 AND id "
        "% 50 = 0;"
        "INSERT INTO processed_header(hash, at) SELECT randomblob(32), id FROM message LIMIT 1500;"
        "INSERT INTO send(id, message, content, payload, digest, class) SELECT id, id, randomblob(150), "
        "randomblob(600), randomblob(32), 0 FROM message WHERE outgoing = 1 AND id > 200 LIMIT 200;"
        "INSERT INTO send_name(send, send_id, made_at) SELECT id, randomblob(16), 1 FROM send;"
        "INSERT INTO send_header(id, account, device, bytes) SELECT id * 1024, 2, 1, randomblob(250) FROM "
        "send;"
        "INSERT INTO alarm(account, text, first_at, last_at, told_at, times) SELECT key, 'something odd', 1, "
        "2, 3, 4 "
        "FROM account LIMIT 3;"
        "INSERT INTO refused_mail(account, device, rows, last_at) SELECT key, 1, 2, 3 FROM account LIMIT 2;"
        "INSERT INTO peer(account, device, received) SELECT id, 1, 2 FROM account WHERE id > 1;"
        "INSERT INTO resend(account, device, send, at) SELECT 2, 1, id, 1 FROM send LIMIT 30;"
        "INSERT INTO resend_held(account, device, send, at) SELECT 2, 1, id, 1 FROM send LIMIT 5;"
        "INSERT INTO chain(conversation, sender, device, generation, base, head) SELECT DISTINCT "
        "conversation, sender, "
        "device, generation, 1, 0 FROM message WHERE outgoing = 0;"
        "INSERT INTO chain_range(chain, first, last, previous, hash) SELECT c.id, m.seq, m.seq, "
        "randomblob(32), "
        "m.content_hash FROM chain c JOIN message m ON m.conversation = c.conversation AND m.sender = "
        "c.sender;"
        "INSERT INTO expiry_claim(number, rows, stamp, at) VALUES (1, 2, 3, 4);"
        "INSERT INTO fork(chain, seq, noticed_at) SELECT id, 3, 4 FROM chain LIMIT 1;"
        "INSERT INTO heads_wanted(account) VALUES (2);"
        "INSERT INTO edit(message, revision, device, generation, seq, text, sent_at) SELECT id, 0, 1, 1, 1, "
        "'once ' || text, 5 FROM message WHERE id % 40 = 0;"
        "INSERT INTO reaction(message, account, revision, device, generation, seq, emoji, sent_at) SELECT "
        "id, "
        "sender, 1, 1, 1, 2, '+', 6 FROM message WHERE id % 30 = 0;"
        "INSERT INTO early_amendment(target_id, target_account, target_device, conversation, kind, revision, "
        "sender, device, generation, seq, text, sent_at, received_at) SELECT randomblob(16), sender, 1, "
        "conversation, 1, 1, sender, 1, 1, 3, 'early', 7, 8 FROM message WHERE id % 90 = 0;"
        "INSERT INTO quote(message, target_id, target_account, target_device, text) SELECT id, "
        "randomblob(16), "
        "sender, 1, 'quoted' FROM message WHERE id % 70 = 0;"
        "INSERT INTO style(message, revision, ranges) SELECT id, 0, x'01000300' FROM message WHERE id % 25 = "
        "0;"
        "INSERT INTO draft(conversation, text, at) SELECT id, 'begun', 1 FROM conversation WHERE id % 5 = 0;"
        "INSERT INTO own_amendment(conversation, message, content_id, kind, state, body, generation, seq, "
        "sent_at) SELECT conversation, id, randomblob(16), 3, 3, x'', 1, id, 9 FROM message WHERE id % 60 = "
        "0;"
        "INSERT INTO gap(chain, first, last, stamp) SELECT id, 1, 2, 3 FROM chain LIMIT 2;");
}

} // namespace

DamagedProfile::DamagedProfile(std::size_t messages, bool withLog)
    : m_place(fs::path(m_home.path().toStdString()) / "alice")
    , m_history(m_place / "history.db")
    , m_messages(messages) {
    initialiseSodium();
    SeededRandom random(messages);
    {
        Profile profile = Profile::create(m_place, {}, random).value();
        m_account = HistoryRows::accountOf(0);
        static_cast<void>(
            profile.storeIdentity({m_account, DeviceNumber{1}, crypto::DeviceKeys::generate(random),
                                   crypto::SignerKey::generate(random)},
                                  random));
        static_cast<void>(profile.storeGeneration({{1, random.next<decltype(Generation::nonce)>()}, {}, 1}));
    }
    m_key = decodeKeyFile(viewOf(readAll(m_place / "key.file")));
    const std::size_t conversations = std::clamp<std::size_t>(messages / 100, 8, 40);
    Chatter chatter(messages, 2000);
    auto fixture = std::make_unique<HistoryFixture>(m_history, conversations, &*m_key);
    const auto add = [&](std::size_t from, std::size_t to) {
        const auto added = fixture->database().transaction([&] {
            for (std::size_t i = from; i < to; ++i) {
                // Now and then a text that takes more than a page.
                std::string text = chatter.next();
                while (i % 500 == 0 && text.size() < 9000) {
                    text += " " + chatter.next();
                }
                fixture->add(1 + chatter.below(conversations), text,
                             1'700'000'000'000 + static_cast<std::int64_t>(i) * 1000);
            }
        });
        if (!added) {
            throw std::runtime_error("the history could not be written");
        }
    };
    const std::size_t before = withLog ? messages - messages / 50 : messages;
    add(0, before);
    fillOtherTables(fixture->database());
    fixture->indexAll();
    writeHead(ProfileDirectory::open(m_place, "").value(), *m_key); // as the start after that would
    if (withLog) {
        static_cast<void>(db::attempt([&] { fixture->database().run("PRAGMA wal_checkpoint(TRUNCATE)"); }));
        for (std::size_t from = before; from < messages; from += 10) {
            add(from, std::min(from + 10, messages));
        }
    }
    m_truth = rowsOf(fixture->database());
    if (!withLog) {
        fixture.reset();
    }
    m_files = contentsOf(m_place);
    fixture.reset();
}

void DamagedProfile::reset() const {
    for (const auto& entry : fs::directory_iterator(m_place)) {
        fs::remove(entry.path());
    }
    for (const auto& [name, contents] : m_files) {
        overwrite(name.c_str(), contents);
        fs::permissions(m_place / name, fs::perms(0600));
    }
}

std::map<std::string, std::string> DamagedProfile::filesNow() const {
    auto files = contentsOf(m_place);
    files.erase("lock");
    files.erase("history.db-shm");
    if (files.contains("history.db-wal") && files["history.db-wal"].empty()) {
        files.erase("history.db-wal"); // means nothing
    }
    return files;
}

Truth DamagedProfile::rowsNow() const {
    auto database = HistoryFixture::open(m_history, &*m_key);
    return rowsOf(database);
}

std::string DamagedProfile::opening() const {
    const auto opened = Profile::open(m_place, {});
    if (!opened) {
        return opened.error().text;
    }
    return opened->identity() && opened->identity()->account == m_account ? "" : "another identity";
}

std::vector<std::string> unnamedLosses(const Truth& truth, const Truth& now, const DoctorReport& report) {
    std::vector<std::string> unnamed;
    for (const auto& [table, rows] : truth) {
        // These change on purpose: what others have sent counts anew, unread lines too, and the pair goes.
        if (table == "chain" || table == "chain_range") {
            continue;
        }
        std::size_t missing = 0;
        const auto there = now.find(table);
        // What refers to a lost message refers to none.
        const bool isCounted = table == "conversation" || table == "send" || table == "gap";
        if (isCounted) {
            missing = rows.size() - std::min(rows.size(), there == now.end() ? 0 : there->second.size());
        }
        for (const std::string& row : rows) {
            if (isCounted || row.starts_with("'generation_pair'")) {
                continue;
            }
            missing += there == now.end() || !there->second.contains(row) ? 1 : 0;
        }
        std::uint64_t named = 0;
        bool more = false;
        for (const LossStatement& loss : report.losses) {
            if (loss.table == table) {
                named = loss.lost + loss.rebuilt + loss.older;
                more = loss.maybeMore;
            }
        }
        if (missing > named && !more) {
            unnamed.push_back(table + ": " + std::to_string(missing) + " rows, of which " +
                              std::to_string(named) + " are named");
        }
    }
    return unnamed;
}

std::size_t messagesBack(const Truth& truth, const Truth& now) {
    std::size_t back = 0;
    const auto there = now.find("message");
    for (const std::string& row : truth.at("message")) {
        back += there != now.end() && there->second.contains(row) ? 1 : 0;
    }
    return back;
}

} // namespace sotto::test
