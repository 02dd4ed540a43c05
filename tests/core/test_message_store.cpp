// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/contact_store.h"
#include "core/storage/conversation_store.h"
#include "core/storage/message_store.h"
#include "core/storage/outbox_store.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"
#include "tests/support/seeded_random.h"
#include "tests/support/watched_statements.h"

#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <numeric>

using namespace sotto;
using namespace sotto::core;
using sotto::test::SeededRandom;

namespace {

db::OpenOptions withSearch() {
    db::OpenOptions options;
    options.tokenizer = &searchTokenizer();
    return options;
}

} // namespace

class TestMessageStore : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<db::Database> m_database;
    SeededRandom m_random{7};
    AccountId m_self;
    AccountId m_bob;
    ConversationKey m_conversation{};

    db::Database& database() { return *m_database; }
    MessageStore store() { return MessageStore(*m_database); }

    Message line(const AccountId& sender, std::uint64_t stamp, DeviceNumber device = DeviceNumber{1}) {
        Message message;
        message.id = m_random.next<MessageId>();
        message.conversation = m_conversation;
        message.sender = sender;
        message.senderDevice = device;
        message.outgoing = sender == m_self;
        message.state = message.outgoing ? MessageState::Queued : MessageState::Received;
        message.stamp = Stamp{stamp};
        message.unread = !message.outgoing;
        message.text = "line";
        return message;
    }
    MessageKey add(Message message, std::uint64_t seq, std::uint64_t generation = 1) {
        store().add(message, {generation, seq, {}});
        return message.key;
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> effectiveStamps() {
        std::vector<std::pair<std::int64_t, std::int64_t>> found;
        for (auto rows = database().query("SELECT seq, sort_stamp FROM message ORDER BY seq"); rows.next();) {
            found.emplace_back(rows.integer(0), rows.integer(1));
        }
        return found;
    }
    static std::vector<std::pair<std::int64_t, std::int64_t>>
    runningMaximum(std::map<std::int64_t, std::int64_t> stamps) {
        std::vector<std::pair<std::int64_t, std::int64_t>> expected;
        std::int64_t highest = 0;
        for (const auto& [seq, stamp] : stamps) {
            highest = std::max(highest, stamp);
            expected.emplace_back(seq, highest);
        }
        return expected;
    }
    std::vector<MessageKey> allPages(bool older, std::size_t size) {
        std::vector<MessageKey> keys;
        std::string cursor;
        do {
            const auto page = store().page(m_conversation, cursor, older, size);
            if (page.messages.size() > size) {
                throw std::runtime_error("a page over its size");
            }
            std::vector<MessageKey> part;
            for (const Message& message : page.messages) {
                part.push_back(message.key);
            }
            keys.insert(older ? keys.begin() : keys.end(), part.begin(), part.end());
            cursor = older ? page.before : page.after;
        } while (!cursor.empty());
        return keys;
    }
    std::int64_t flaggedUnread() {
        std::int64_t count = 0;
        for (const Message& message : store().page(m_conversation, {}, true, 10'000).messages) {
            count += message.unread ? 1 : 0;
        }
        return count;
    }

private slots:
    void initTestCase() {
        initialiseSodium();
        test::WatchedStatements::install();
    }
    void init() {
        m_home = std::make_unique<QTemporaryDir>();
        m_database = std::make_unique<db::Database>(
            db::Database::open(m_home->filePath("history.db").toStdString(), withSearch()).value());
        QVERIFY(db::migrate(*m_database, clientMigrations()));
        database().execute("PRAGMA synchronous = OFF");
        m_self = m_random.next<AccountId>();
        m_bob = m_random.next<AccountId>();
        m_conversation = ConversationStore(*m_database).direct(m_self, m_bob);
        static_cast<void>(ContactStore(*m_database).add(m_bob, "bob", Trust::FirstUse, true));
    }
    void cleanup() { m_database.reset(); }

    /// Whatever order numbers arrive in, each stands at the highest stamp up to it in its chain.
    void effectiveStampsAreARunningMaximumInEveryOrder() {
        // Rising, falling, equal and a far outlier in the middle.
        for (const std::vector<std::int64_t>& stamps : {std::vector<std::int64_t>{10, 20, 30, 40, 50},
                                                        {50, 40, 30, 20, 10},
                                                        {30, 10, 50, 20, 40},
                                                        {10, 1'000'000, 20, 30, 30}}) {
            std::vector<std::size_t> order(stamps.size());
            std::iota(order.begin(), order.end(), 0);
            do {
                database().run("DELETE FROM message");
                std::map<std::int64_t, std::int64_t> present;
                for (const std::size_t index : order) {
                    const auto seq = static_cast<std::int64_t>(index) + 1;
                    add(line(m_bob, static_cast<std::uint64_t>(stamps[index])),
                        static_cast<std::uint64_t>(seq));
                    present[seq] = stamps[index];
                    QCOMPARE(effectiveStamps(), runningMaximum(present));
                }
            } while (std::next_permutation(order.begin(), order.end()));
        }
    }
    /// Own messages take their place when the relay's answers come, in whatever order.
    void ownMessagesTakeTheirPlaceInEveryOrderOfAnswers() {
        const std::vector<std::int64_t> stamps = {30, 10, 50, 20};
        std::vector<std::size_t> order(stamps.size());
        std::iota(order.begin(), order.end(), 0);
        do {
            database().run("DELETE FROM message");
            std::vector<MessageKey> keys;
            for (std::size_t i = 0; i < stamps.size(); ++i) {
                keys.push_back(add(line(m_self, 0), kUnnumbered));
                store().setChain(keys.back(), {1, i + 1, {}});
            }
            std::map<std::int64_t, std::int64_t> present;
            for (const std::size_t index : order) {
                store().setStamp(keys[index], Stamp{static_cast<std::uint64_t>(stamps[index])});
                present[static_cast<std::int64_t>(index) + 1] = stamps[index];
                auto expected = runningMaximum(present);
                auto found = effectiveStamps();
                std::erase_if(found, [](const auto& row) {
                    return row.second == std::numeric_limits<std::int64_t>::max();
                });
                QCOMPARE(found, expected);
            }
        } while (std::next_permutation(order.begin(), order.end()));
    }
    void chainsOfOtherDevicesGenerationsAndSendersAreLeftAlone() {
        const auto other = add(line(m_bob, 5, DeviceNumber{2}), 2);
        const auto older = add(line(m_bob, 6), 2, 9);
        const auto own = add(line(m_self, 7), 2);
        add(line(m_bob, 100), 1);
        for (const auto& [key, stamp] : {std::pair(other, 5), std::pair(older, 6), std::pair(own, 7)}) {
            auto rows = database().query("SELECT sort_stamp FROM message WHERE id = ?", key);
            QVERIFY(rows.next());
            QCOMPARE(rows.integer(0), std::int64_t{stamp});
        }
    }
    void pagesOfEverySizeAndBothDirectionsAgree() {
        // Two senders and notices, arriving in a random order with colliding stamps.
        struct Arrival {
            AccountId sender;
            std::uint64_t seq;
            std::uint64_t stamp;
        };
        std::vector<Arrival> arrivals;
        for (std::uint64_t i = 1; i <= 25; ++i) {
            arrivals.push_back({m_bob, i, 10 + m_random.below(40)});
            arrivals.push_back({m_self, i, 10 + m_random.below(40)});
            if (i % 5 == 0) {
                arrivals.push_back({m_bob, 0, 10 + m_random.below(40)});
            }
        }
        for (std::size_t i = arrivals.size() - 1; i > 0; --i) {
            std::swap(arrivals[i], arrivals[m_random.below(i + 1)]);
        }
        for (const Arrival& arrival : arrivals) {
            add(line(arrival.sender, arrival.stamp), arrival.seq);
        }
        add(line(m_self, 0), kUnnumbered);
        const auto whole = allPages(true, 1000);
        QCOMPARE(whole.size(), arrivals.size() + 1);
        QCOMPARE(std::set<MessageKey>(whole.begin(), whole.end()).size(), whole.size());
        for (std::size_t size = 1; size <= whole.size() + 1; ++size) {
            QCOMPARE(allPages(true, size), whole);
            QCOMPARE(allPages(false, size), whole);
        }
        // Inside, the senders' own order holds.
        std::map<AccountId, std::int64_t> last;
        for (const MessageKey key : whole) {
            auto rows = database().query("SELECT a.key, m.seq FROM message m JOIN account a ON a.id = "
                                         "m.sender WHERE m.id = ?",
                                         key);
            rows.next();
            if (rows.integer(1) != 0) {
                QVERIFY(rows.integer(1) > last[rows.fixed<AccountId>(0)]);
                last[rows.fixed<AccountId>(0)] = rows.integer(1);
            }
        }
        const auto middle = store().page(m_conversation, {}, true, 10);
        QVERIFY(middle.after.empty() && !middle.before.empty());
        QCOMPARE(store().page(m_conversation, {}, false, 10).before, std::string());
    }
    void anEmptyConversationHasOneEmptyPage() {
        for (const bool older : {true, false}) {
            const auto page = store().page(m_conversation, {}, older, 10);
            QVERIFY(page.messages.empty() && page.before.empty() && page.after.empty());
        }
    }
    void cursorsAreJudged() {
        for (const char* good : {"1.2.3", "0.0.0", "9223372036854775807.0.1"}) {
            QVERIFY(MessageStore::isCursor(good));
        }
        for (const char* wrong : {"", "1", "1.2", "1.2.", "1.2.3.4", "1.2.3 ", "a.b.c", ".1.2", "1..2",
                                  "9223372036854775808.0.0", "1.2.3'; --"}) {
            QVERIFY2(!MessageStore::isCursor(wrong), wrong);
        }
    }
    /// The largest stamps a relay can make up still give a history that can be paged through and read.
    void extremeStampsHideNothing() {
        add(line(m_bob, 1), 1);
        add(line(m_bob, static_cast<std::uint64_t>(kLatestStamp)), 2);
        add(line(m_self, 0), kUnnumbered);
        QCOMPARE(allPages(true, 1).size(), std::size_t{3});
        QCOMPARE(allPages(false, 1), allPages(true, 1));
        const auto newest = store().page(m_conversation, {}, true, 3).messages[1];
        QCOMPARE(store().markRead(m_conversation, newest).size(), std::size_t{2});
        QCOMPARE(store().unread(), std::int64_t{0});
    }
    void readingGoesForwardOnlyAndCountsAgree() {
        std::vector<Message> messages;
        for (std::uint64_t i = 1; i <= 6; ++i) {
            add(line(i % 3 == 0 ? m_self : m_bob, i * 10), i);
        }
        messages = store().page(m_conversation, {}, true, 10).messages;
        QCOMPARE(store().unread(), std::int64_t{4});
        QCOMPARE(flaggedUnread(), std::int64_t{4});
        auto read = store().markRead(m_conversation, messages[2]); // one's own line: up to it
        QCOMPARE(read.size(), std::size_t{2});
        QCOMPARE(store().unread(), std::int64_t{2});
        QVERIFY(store().markRead(m_conversation, messages[0]).empty());
        QCOMPARE(store().unread(), std::int64_t{2});
        QCOMPARE(store().markRead(m_conversation, messages[5]).size(), std::size_t{2});
        QCOMPARE(store().unread(), std::int64_t{0});
        QCOMPARE(flaggedUnread(), std::int64_t{0});
    }
    void readingUpToALineThatIsNotSentYetReadsAllBeforeIt() {
        const auto unsent = add(line(m_self, 0), kUnnumbered);
        QVERIFY(store().markRead(m_conversation, *store().byKey(unsent)).empty());
        add(line(m_bob, 10), 1);
        QCOMPARE(store().markRead(m_conversation, *store().byKey(unsent)).size(), std::size_t{1});
        QCOMPARE(store().unread(), std::int64_t{0});
        add(line(m_bob, 20), 2);
        QCOMPARE(store().unread(), std::int64_t{1});
    }
    /// What arrives above the line that was read last was never seen: it counts, and can be read.
    void aMessageThatArrivesBelowTheReadLineIsUnread() {
        add(line(m_bob, 10), 1);
        const auto own = add(line(m_self, 30), 1);
        store().markRead(m_conversation, *store().byKey(own));
        QCOMPARE(store().unread(), std::int64_t{0});
        const auto late = add(line(m_bob, 20), 2);
        QCOMPARE(store().unread(), std::int64_t{1});
        QCOMPARE(flaggedUnread(), std::int64_t{1});
        const auto newest = store().page(m_conversation, {}, true, 1).messages.front();
        const auto read = store().markRead(m_conversation, newest);
        QCOMPARE(read.size(), std::size_t{1});
        QCOMPARE(read.front().key, late);
        QCOMPARE(store().unread(), std::int64_t{0});
    }
    /// A number that comes late lifts those behind it; counts and marks go on agreeing.
    void aLateNumberThatLiftsOthersKeepsTheCountsRight() {
        const auto second = add(line(m_bob, 10), 2);
        store().markRead(m_conversation, *store().byKey(second));
        add(line(m_bob, 50), 1);
        QCOMPARE(store().unread(), flaggedUnread());
        store().markRead(m_conversation, store().page(m_conversation, {}, true, 1).messages.front());
        QCOMPARE(store().unread(), std::int64_t{0});
        QCOMPARE(flaggedUnread(), std::int64_t{0});
    }
    void aConfirmationCountsOncePerAccountAndNeverBackwards() {
        const auto key = add(line(m_self, 10), 1);
        const auto carol = m_random.next<AccountId>();
        QVERIFY(!store().confirm(key, m_bob, MessageState::Delivered, 1, 2));
        QVERIFY(!store().confirm(key, m_bob, MessageState::Delivered, 2, 2));
        QVERIFY(!store().confirm(key, carol, MessageState::Read, 3, 2));     // the other has not read it
        QVERIFY(store().confirm(key, carol, MessageState::Delivered, 5, 2)); // read counts as delivered
        QVERIFY(store().confirm(key, m_bob, MessageState::Read, 6, 2));
    }
    void whatWasSealedUnderAClockYearsBehindIsKeptAsLongAsTheRelaySays() {
        OutboxStore outbox(database());
        const auto sent = add(line(m_self, 0), 1);
        outbox.add(m_conversation, sent);
        const auto row = outbox.after(OutboxKey{0}, 1).front().key;
        const Bytes content{1};
        const auto send =
            outbox.addSend(row, m_random.next<SendId>(), sent, content,
                           crypto::sealPayload(content, m_random), MailClass::Durable, wallTime(0));
        QVERIFY(outbox.setStored(row, send));
        store().setStamp(sent, Stamp{std::uint64_t{5'000} << 16U});
        outbox.removeStoredBefore(wallTime(5'000), wallTime(9'000));
        QVERIFY(outbox.send(send));
        outbox.removeStoredBefore(wallTime(5'001), wallTime(9'000));
        QVERIFY(!outbox.send(send));
    }
    /// History pages, places in a chain, durable readers, unread marks and counts of what is missing never
    /// walk the whole table or sort.
    void nothingOftenAskedScansTheHistory() {
        add(line(m_bob, 10), 1);
        const auto own = add(line(m_self, 0), kUnnumbered);
        test::WatchedStatements watched;
        const auto placeholder = add(line(m_bob, 11), 0);
        const auto filled = store().fill(placeholder, line(m_bob, 11), {1, 2, {}});
        store().setChain(own, {1, 1, {}});
        store().setStamp(own, Stamp{12});
        for (const bool older : {true, false}) {
            const auto page = store().page(m_conversation, {}, older, 1);
            store().page(m_conversation, older ? page.before : page.after, older, 1);
        }
        store().after(MessageKey{0}, 10);
        store().newest();
        store().byKey(own);
        const auto message = store().byKey(filled);
        store().own(m_self, message->id);
        store().exists(m_bob, DeviceNumber{1}, message->id);
        store().markRead(m_conversation, *message);
        add(line(m_bob, 5), 0); // below the read line
        store().placeholdersByCause();
        store().confirm(own, m_bob, MessageState::Read, 1, 1);
        watched.stop();
        QVERIFY(watched.texts().size() > 15);
        const std::string costly = test::costlyStep(database(), watched, {"sqlite_sequence"});
        QVERIFY2(costly.empty(), costly.c_str());
    }
    /// The list comes from its own table page by page, whatever changes meanwhile, and is never sorted.
    void theConversationListPagesWithoutSorting() {
        ConversationStore conversations(database());
        conversations.setPreview(m_conversation, "hello", 5000);
        std::vector<ConversationKey> expected{m_conversation};
        for (int i = 0; i < 20; ++i) {
            const auto other = m_random.next<AccountId>();
            const auto key = conversations.direct(m_self, other);
            conversations.setPreview(key, "line", 1000 - i / 2 * 10); // in pairs of the same time
            expected.insert(expected.begin() + 1 + i / 2 * 2, key);
        }
        std::vector<ConversationKey> seen;
        test::WatchedStatements watched;
        std::string cursor;
        do {
            const ConversationPage page = conversations.page(cursor, 4);
            QVERIFY(page.entries.size() <= 4);
            for (const ConversationEntry& entry : page.entries) {
                seen.push_back(entry.key);
            }
            cursor = page.next;
        } while (!cursor.empty());
        const auto one = conversations.entry(m_conversation);
        for (const ListPart part : {ListPart::Archive, ListPart::Requests, ListPart::Blocked}) {
            QVERIFY(conversations.page({}, 4, part).entries.empty());
        }
        QVERIFY(conversations.apart().empty());
        QCOMPARE(conversations.requests(), 0);
        QCOMPARE(store().unread(), 0);
        ContactStore contacts(database());
        contacts.setBlocked(contacts.byAccount(m_bob)->key);
        contacts.setAccepted(contacts.byAccount(m_bob)->key);
        watched.stop();
        QVERIFY(seen == expected);
        QCOMPARE(one->title, std::string("bob"));
        QCOMPARE(one->preview, std::string("hello"));
        QVERIFY(one->members == std::vector{m_bob});
        QVERIFY(!conversations.entry(ConversationKey{999}));
        const std::string costly = test::costlyStep(database(), watched, {});
        QVERIFY2(costly.empty(), costly.c_str());
    }
    void whatIsNoCursorOfTheListIsRefused() {
        for (const char* bad :
             {"", "5", "5.", ".5", "5.x", "5.6", "0.5.6.7", " 0.5.6", "0.5.6 ", "0.99999999999999999999.1"}) {
            QVERIFY2(!ConversationStore::isCursor(bad), bad);
        }
        QVERIFY(ConversationStore::isCursor("0.5.6"));
    }
};

QTEST_GUILESS_MAIN(TestMessageStore)
#include "test_message_store.moc"
