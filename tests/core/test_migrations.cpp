// SPDX-License-Identifier: GPL-3.0-or-later
// Databases of earlier versions, with rows in them.
#include "core/base/random.h"
#include "core/search/search.h"
#include "core/storage/amendment_store.h"
#include "core/storage/conversation_store.h"
#include "core/storage/expiry_store.h"
#include "core/storage/mailbox_store.h"
#include "core/storage/message_store.h"
#include "core/storage/outbox_store.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <sstream>

using namespace sotto;
using namespace sotto::core;

namespace {

db::OpenOptions withSearch() {
    db::OpenOptions options;
    options.tokenizer = &searchTokenizer();
    return options;
}

} // namespace

class TestMigrations : public QObject {
    Q_OBJECT
    QTemporaryDir m_home;
    SystemRandom m_random;

    db::Database databaseOfVersion(std::size_t version) {
        auto database =
            db::Database::open(m_home.filePath(QString::number(version)).toStdString(), withSearch()).value();
        if (!db::migrate(database, clientMigrations().first(version))) {
            throw std::runtime_error("no database of that version");
        }
        return database;
    }

    /// A database that was written by an earlier version, from its frozen text.
    db::Database frozen(const std::string& name) {
        const char* root = std::getenv("SOTTO_SOURCE_DIR");
        std::ifstream file(std::string(root != nullptr ? root : ".") + "/tests/schema/" + name + ".sql");
        std::stringstream text;
        text << file.rdbuf();
        auto database =
            db::Database::open(m_home.filePath(QString::fromStdString(name)).toStdString(), withSearch())
                .value();
        database.execute(text.str());
        return database;
    }
    /// Every table and index with the text that made it.
    static std::map<std::string, std::string> schemaOf(db::Database& database) {
        std::map<std::string, std::string> schema;
        for (auto rows = database.query("SELECT name, coalesce(sql, '') FROM sqlite_schema"); rows.next();) {
            schema.emplace(rows.text(0), rows.text(1));
        }
        return schema;
    }

    /// The same, brought to the newest schema: table by table what a new profile has.
    db::Database migrated(const std::string& name) {
        auto database = frozen(name);
        auto fresh = db::Database::open(m_home.filePath("new " + QString::fromStdString(name)).toStdString(),
                                        withSearch())
                         .value();
        if (!db::migrate(database, clientMigrations()) || !db::migrate(fresh, clientMigrations()) ||
            !database.check().empty()) {
            throw std::runtime_error("not migrated");
        }
        const auto made = schemaOf(database);
        const auto wanted = schemaOf(fresh);
        for (const auto& [table, sql] : wanted) {
            if (const auto found = made.find(table); found == made.end() || found->second != sql) {
                throw std::runtime_error("not as in a new profile: " + table);
            }
        }
        if (made.size() != wanted.size()) {
            throw std::runtime_error("more than in a new profile");
        }
        return database;
    }

private slots:
    void initTestCase() { initialiseSodium(); }

    void aHistoryOfSchema3IsReadAndSortedAsBefore() {
        auto database = migrated("history-3");
        const ConversationPage list = ConversationStore(database).page({}, 10);
        QCOMPARE(list.entries.size(), 3U);
        QCOMPARE(list.entries[0].preview, std::string("from a stranger"));
        QCOMPARE(list.entries[1].title, std::string("bob"));
        QCOMPARE(list.entries[1].unread, 2);
        QCOMPARE(list.entries[2].newestAt, 0);
        const MessagePage page = MessageStore(database).page(ConversationKey{1}, {}, true, 3);
        QCOMPARE(page.messages.size(), 3U);
        QCOMPARE(page.messages[0].text, std::string("second"));
        QCOMPARE(page.messages[2].text, std::string("third"));
        QVERIFY(!page.before.empty() && page.after.empty());
        const auto causes = MessageStore(database).placeholdersByCause();
        QCOMPARE(causes.size(), 1U);
        QCOMPARE(causes.begin()->second, 1);
    }

    void aHistoryOfSchema7IsReadFoundAndSentAsBefore() {
        auto database = migrated("history-7");
        const MessageStore messages(database);
        const MessagePage page = messages.page(ConversationKey{1}, {}, true, 10);
        QCOMPARE(page.messages.size(), 5U);
        for (const Message& message : page.messages) {
            QVERIFY(message.revision == 0 && !message.deletedByAuthor && message.reactions.empty() &&
                    !message.quote);
        }
        SearchIndex index(database);
        SearchFilter filter;
        filter.terms = {{"seco", false}};
        const SearchPage hits = Search(database, index, messages).page(filter, {}, 10, SearchOrder::Newest);
        QVERIFY(hits.hits.size() == 1 && hits.hits.front().message.text == "second");
        const auto rows = OutboxStore(database).after(OutboxKey{}, 10);
        QCOMPARE(rows.size(), 2U);
        QVERIFY(rows[0].message == MessageKey{6} && rows[0].send == SendKey{1} && !rows[0].amendment);
        QVERIFY(!rows[1].message && rows[1].body == Bytes{8} && !rows[1].amendment);
    }

    void whatWasMadeOfMessagesInSchema8And9IsStillThere() {
        for (const int schema : {8, 9}) {
            auto database = migrated("history-" + std::to_string(schema));
            const MessageStore messages(database);
            const MessagePage page = messages.page(ConversationKey{1}, {}, true, 10);
            QCOMPARE(page.messages.size(), 5U);
            const Message& first = page.messages[0];
            QVERIFY(first.text == "first, mended" && first.revision == 1);
            const auto versions = AmendmentStore(database).versions(first.key);
            QVERIFY(versions.size() == 2 && versions[0].text == "first" && versions[1].text == first.text);
            QCOMPARE(page.messages[1].reactions.size(), 1U);
            QCOMPARE(page.messages[1].reactions[0].emoji, std::string("👍"));
            const auto rows = OutboxStore(database).after(OutboxKey{2}, 10);
            QVERIFY(rows.size() == 1 && rows[0].amendment && !rows[0].message);
            auto early = database.query("SELECT text FROM early_amendment");
            QVERIFY(early.next() && early.text(0) == "the newer text");

            SearchIndex index(database);
            SearchFilter filter;
            filter.terms = {{"mend", false}};
            QCOMPARE(Search(database, index, messages).page(filter, {}, 10, SearchOrder::Newest).hits.size(),
                     1U);

            const ConversationStore conversations(database);
            const auto quote = page.messages.back().quote;
            const auto draft = conversations.draft(ConversationKey{1});
            const auto list = conversations.page({}, 10);
            QVERIFY(schema == 9 || (!quote && !draft && !list.entries[0].isPinned));
            if (schema == 9) {
                QVERIFY(quote && quote->text == "first" && quote->state == QuoteState::Verified);
                QVERIFY(draft && draft->text == "I meant to say" && draft->reply == first.key);
                QVERIFY(list.entries[0].isPinned && list.entries[0].mutedUntil == kMutedForEver);
                // Of a stranger: such a one stands apart, and not in the archive.
                QCOMPARE(conversations.page({}, 10, ListPart::Requests).entries.size(), 1U);
            }
        }
    }

    void aHistoryOfSchema10And11KeepsStrangersApart() {
        for (const char* name : {"history-10", "history-11"}) {
            auto database = migrated(name);
            keepsStrangersApart(database);
            QCOMPARE(MessageStore(database).byKey(MessageKey{4})->expireSeconds, 0U);
            QCOMPARE(ConversationStore(database).entry(ConversationKey{1})->expireSeconds, 0U);
        }
    }

    void whatWasToDisappearInSchema12StillDoes() {
        auto database = migrated("history-12");
        keepsStrangersApart(database);
        const MessageStore messages(database);
        QCOMPARE(messages.byKey(MessageKey{2})->expiresAt, 4'102'444'800'000);
        const auto unread = messages.byKey(MessageKey{4});
        QVERIFY(unread->expireSeconds == 60 && unread->expiresAt == 0);
        QCOMPARE(messages.byKey(MessageKey{7})->timer, 3600U);
        QCOMPARE(ConversationStore(database).entry(ConversationKey{1})->expireSeconds, 3600U);
        const MessagePage page = messages.page(ConversationKey{1}, {}, true, 10);
        QCOMPARE(page.messages.size(), 6U); // what has gone has no place
        ExpiryStore expiry(database);
        expiry.restartLaterThan(1'000'000);
        expiry.startForgotten(1'000'000); // what is not read stays so
        QCOMPARE(expiry.of(MessageKey{2})->deadline, 1'000'000 + 3'600'000);
        QCOMPARE(expiry.of(MessageKey{4})->deadline, 0);
        database.run("UPDATE conversation SET read_stamp = 30, read_seq = 3 WHERE id = 1");
        expiry.startForgotten(2'000'000);
        QCOMPARE(expiry.of(MessageKey{4})->deadline, 2'000'000 + 60'000);
    }
    static void keepsStrangersApart(db::Database& database) {
        const ConversationStore conversations(database);
        const auto standsIn = [&](ListPart part) {
            std::vector<int> keys;
            for (const ConversationEntry& entry : conversations.page({}, 10, part).entries) {
                keys.push_back(static_cast<int>(entry.key));
            }
            return keys;
        };
        QCOMPARE(standsIn(ListPart::Main), std::vector{1});
        QCOMPARE(standsIn(ListPart::Requests), std::vector{2});
        QCOMPARE(standsIn(ListPart::Blocked), std::vector{3}); // and not in the archive any more
        QVERIFY(standsIn(ListPart::Archive).empty());
        const MessageStore messages(database);
        QCOMPARE(messages.unread(), 2);
        const auto third = messages.byKey(MessageKey{4});
        QVERIFY(third && third->text == "third, at last" && third->revision == 1);
        QCOMPARE(third->reactions.size(), 1U);
        QVERIFY(messages.byKey(MessageKey{2})->quote && !third->isRequest);
        QVERIFY(messages.byKey(MessageKey{5})->isRequest);
        QVERIFY(conversations.draft(ConversationKey{1})->reply == MessageKey{4});
    }

    void whatWasOwedAndFixedInTheFirstVersionIsStillThere() {
        auto database = databaseOfVersion(1);
        const auto bob = m_random.next<AccountId>();
        const auto heard = m_random.next<MessageId>();
        const auto waiting = m_random.next<SendId>();
        const auto stored = m_random.next<SendId>();
        const auto digest = m_random.next<Digest>();
        const Bytes key(32, 0x11);
        QVERIFY(database.transaction([&] {
            database.run("INSERT INTO account(id, key) VALUES (1, ?)", bob);
            database.run("INSERT INTO conversation(id, wire_id) VALUES (1, x'01')");
            const auto line = [&](int id, const MessageId& message, bool outgoing) {
                database.run("INSERT INTO message(id, message_id, sender, device, conversation, kind, state, "
                             "outgoing, "
                             "text, seq, sent_at, received_at, sort_stamp) VALUES (?, ?, 1, 1, 1, 0, 1, ?, "
                             "'a', ?, 1, 1, 1)",
                             id, message, outgoing, id);
            };
            line(1, heard, false);
            line(2, m_random.next<MessageId>(), true);
            database.run("INSERT INTO receipt_due(account, message_id, state) VALUES (1, ?, ?)", heard,
                         MessageState::Read);
            database.run("INSERT INTO receipt_due(account, message_id, state) VALUES (1, ?, ?)",
                         m_random.next<MessageId>(), MessageState::Read);
            const auto send = [&](int id, const SendId& name, bool isStored) {
                database.run(
                    "INSERT INTO send(id, send_id, message, content, payload, digest, key, class, stamp, "
                    "made_at) VALUES (?, ?, 2, x'02', x'03', ?, ?, 0, ?, ?)",
                    id, name, digest, isStored ? std::nullopt : std::optional(key), isStored ? 9 : 0, id);
                database.run("INSERT INTO send_header(send, account, device, bytes) VALUES (?, 1, 1, x'04')",
                             id);
            };
            send(7, stored, true);
            send(8, waiting, false);
            database.run("INSERT INTO outbox(id, conversation, message, class, send) VALUES (5, 1, 2, 0, 8)");
        }));
        QVERIFY(db::migrate(database, clientMigrations()));
        QVERIFY(database.check().empty());

        OutboxStore outbox(database);
        QVERIFY(outbox.accountsWithReceiptsDue() == std::vector{bob});
        const auto due = outbox.takeReceiptsDue(bob, 10);
        QCOMPARE(due.size(), 1U); // the other one was for a message that is no more
        QVERIFY(due.front().message == heard && due.front().state == MessageState::Read);
        QVERIFY(outbox.accountsWithReceiptsDue().empty());

        QVERIFY(outbox.findSend(stored) == SendKey{7});
        QVERIFY(outbox.findSend(waiting) == SendKey{8});
        QVERIFY(!outbox.findSend(m_random.next<SendId>()));
        const auto fixed = outbox.send(SendKey{8});
        QVERIFY(fixed && fixed->sendId == waiting && fixed->payload == Bytes{3} && fixed->digest == digest);
        QVERIFY(fixed->payloadKey && std::ranges::equal(fixed->payloadKey->expose(), key));
        QCOMPARE(fixed->headers.size(), 1U);
        QVERIFY(fixed->headers.front().bytes == Bytes{4});
        QVERIFY(!outbox.send(SendKey{7})->payloadKey);

        // Old bytes go once they are stored; what waits stays.
        outbox.removeStoredBefore(wallTime(100), wallTime(200));
        QVERIFY(!outbox.send(SendKey{7}));
        QVERIFY(outbox.setStored(OutboxKey{5}, SendKey{8}));
        QVERIFY(!outbox.setStored(OutboxKey{5}, SendKey{8}));
        outbox.removeStoredBefore(wallTime(100), wallTime(200));
        QVERIFY(!outbox.send(SendKey{8}));
        auto headers = database.query("SELECT count(*) FROM send_header");
        QVERIFY(headers.next());
        QCOMPARE(headers.integer(0), 0);
    }

    void whatWasFixedBeforeItWasPackedIsStillThere() {
        auto database = databaseOfVersion(4);
        const auto bob = m_random.next<AccountId>();
        const auto carol = m_random.next<AccountId>();
        const auto stored = m_random.next<SendId>();
        const auto waiting = m_random.next<SendId>();
        const auto digest = m_random.next<Digest>();
        const Bytes key(32, 0x11);
        QVERIFY(database.transaction([&] {
            database.run("INSERT INTO account(id, key) VALUES (1, ?)", bob);
            database.run("INSERT INTO account(id, key) VALUES (2, ?)", carol);
            database.run("INSERT INTO conversation(id, wire_id) VALUES (1, x'01')");
            const auto send = [&](int id, const SendId& name) {
                database.run("INSERT INTO send(id, send_id, content, payload, digest, class, made_at) "
                             "VALUES (?, ?, x'02', x'03', ?, 0, ?)",
                             id, name, digest, id);
            };
            const auto header = [&](int id, int account, int device, const Bytes& bytes) {
                database.run("INSERT INTO send_header(send, account, device, bytes) VALUES (?, ?, ?, ?)", id,
                             account, device, bytes);
            };
            send(7, stored);
            header(7, 1, 1, {4});
            send(9, waiting);
            header(9, 2, 1, {7});
            header(9, 1, 2, {6});
            header(9, 1, 1, {5});
            database.run("INSERT INTO outbox(id, conversation, body, class, send, payload_key) "
                         "VALUES (5, 1, x'08', 0, 9, ?)",
                         key);
            database.run("INSERT INTO outbox(id, conversation, body, class) VALUES (20, 1, x'09', 0)");
            database.run("DELETE FROM outbox WHERE id = 20");
        }));
        QVERIFY(db::migrate(database, clientMigrations()));
        QVERIFY(database.check().empty());

        OutboxStore outbox(database);
        QVERIFY(outbox.findSend(stored) == SendKey{7} && outbox.findSend(waiting) == SendKey{9});
        const auto fixed = outbox.send(SendKey{9});
        QVERIFY(fixed && fixed->sendId == waiting && fixed->payload == Bytes{3} && fixed->digest == digest);
        QVERIFY(fixed->payloadKey && std::ranges::equal(fixed->payloadKey->expose(), key));
        const std::map<DeviceAddress, Bytes> headers = {
            {{bob, DeviceNumber{1}}, {5}}, {{bob, DeviceNumber{2}}, {6}}, {{carol, DeviceNumber{1}}, {7}}};
        std::map<DeviceAddress, Bytes> found;
        for (const FixedHeader& one : fixed->headers) {
            found.emplace(one.device, one.bytes);
            QVERIFY(outbox.header(SendKey{9}, one.device) == one.bytes);
        }
        QVERIFY(found == headers);
        QVERIFY(outbox.header(SendKey{7}, {bob, DeviceNumber{1}}) == Bytes{4});
        QVERIFY(!outbox.header(SendKey{7}, {carol, DeviceNumber{1}}));
        const auto row = outbox.bySend(SendKey{9});
        QVERIFY(row && row->key == OutboxKey{5} && row->body == Bytes{8});
        // Numbers that were given out once are not given out again.
        outbox.addInvisible(ConversationKey{1}, Bytes{10}, MailClass::Receipt);
        QCOMPARE(static_cast<int>(outbox.after(OutboxKey{5}, 10).front().key), 21);
        // A clock that ran ahead for a while hides nothing behind it.
        database.run("UPDATE send_name SET made_at = 1000000 WHERE send = 7");
        outbox.removeStoredBefore(wallTime(100), wallTime(200));
        QVERIFY(outbox.send(SendKey{7}) && outbox.send(SendKey{9}));
        QVERIFY(outbox.setStored(OutboxKey{5}, SendKey{9}));
        outbox.removeStoredBefore(wallTime(100), wallTime(200));
        QVERIFY(outbox.send(SendKey{7}) && !outbox.send(SendKey{9}));
        auto left = database.query("SELECT count(*) FROM send_header");
        QVERIFY(left.next());
        QCOMPARE(left.integer(0), 1);
    }

    /// An index of schema 6 goes; what it held is found at once, and indexed anew.
    void anIndexOfSchema6IsBuiltAnew() {
        auto database = databaseOfVersion(6);
        constexpr int kLines = 40;
        QVERIFY(database.transaction([&] {
            database.run("INSERT INTO account(id, key) VALUES (1, ?)", m_random.next<AccountId>());
            database.run("INSERT INTO conversation(id, wire_id) VALUES (1, x'01')");
            for (int id = 1; id <= kLines; ++id) {
                database.run("INSERT INTO message(id, message_id, sender, device, conversation, kind, state, "
                             "outgoing, text, seq, sent_at, received_at, sort_stamp) "
                             "VALUES (?, ?, 1, 1, 1, 1, 0, 0, ?, ?, 1, 1, ?)",
                             id, m_random.next<MessageId>(), "seedling number" + std::to_string(id), id, id);
            }
            database.run("INSERT INTO search(rowid, body, place) SELECT id, body, place FROM search_text "
                         "WHERE id > 10");
            database.run("INSERT INTO search_block(block, oldest, newest) VALUES (0, 1, 1)");
            database.run("UPDATE search_range SET first = 11, last = ?, texts = ?", kLines, kLines - 10);
        }));
        QVERIFY(db::migrate(database, clientMigrations()));
        QVERIFY(database.check().empty());
        SearchIndex index(database);
        const MessageStore messages(database);
        SearchFilter filter;
        filter.terms = {{"eedl", false}, {"ber7", false}};
        for (const std::int64_t unindexed : {kLines, 0}) {
            const SearchPage page =
                Search(database, index, messages).page(filter, {}, 10, SearchOrder::Newest);
            QVERIFY(page.complete);
            QCOMPARE(page.hits.size(), 1U);
            QCOMPARE(page.hits.front().message.text, std::string("seedling number7"));
            QCOMPARE(page.unindexed, unindexed);
            while (index.indexSlice().value()) {
            }
        }
        QCOMPARE(index.range().texts, kLines);
        QCOMPARE(SearchIndex(database).vocabulary().size(), static_cast<std::size_t>(kLines + 1));
    }
};

QTEST_GUILESS_MAIN(TestMigrations)
#include "test_migrations.moc"
