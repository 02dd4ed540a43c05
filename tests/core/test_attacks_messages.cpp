// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile relay, contacts and a bad disk do to messages. Numbers are those of docs/SECURITY.md.
#include "core/messaging/content.pb.h"
#include "tests/crypto/small_order.h"
#include "tests/support/folder.h"
#include "tests/support/forger.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::FailureCode;
using core::MessageKind;
using core::MessageState;
using core::PlaceholderCause;
using std::chrono::minutes;
namespace pb = wire::pb;

namespace {

Lines numbered(const std::string& word, int count) {
    Lines lines;
    for (int i = 1; i <= count; ++i) {
        lines.push_back(word + " " + std::to_string(i));
    }
    return lines;
}

/// Alice and Bob know each other and have both written.
struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    explicit Talking(relay::Limits limits = {})
        : world(limits) {
        alice.knows(bob);
        alice.says(bob, "from alice");
        bob.says(alice, "from bob");
        if (!world.until([&] { return alice.texts().size() == 2 && bob.texts().size() == 2; })) {
            throw std::runtime_error("they do not talk");
        }
        world.pass(minutes(1)); // receipts too
    }
    /// The next rows on their way to Alice, which she does not get.
    std::vector<pb::Row> caught(const std::function<void()>& say, std::size_t atLeast = 1) {
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        say();
        if (!world.until([&] { return rows.size() >= atLeast; })) {
            throw std::runtime_error("nothing to catch");
        }
        world.toClient = nullptr;
        return rows;
    }
};

pb::Row unnumbered(pb::Row row) {
    row.set_number(0);
    return row;
}

void reconnect(World& world, Person& person) {
    person.goOffline();
    person.goOnline();
    QVERIFY(world.until([&] { return person.client().link().state == core::LinkState::Drained; }));
}

/// No page can be added to the profile's database: what a full disk looks like to it.
void fillDisk(Person& person) {
    auto& database = person.profile().database();
    const auto pages = [&] {
        auto rows = database.query("PRAGMA page_count");
        rows.next();
        return rows.integer(0);
    }();
    database.execute("PRAGMA max_page_count = " + std::to_string(pages));
}
void freeDisk(Person& person) {
    person.profile().database().execute("PRAGMA max_page_count = 1000000");
}
/// Uses up what free pages there are.
void pad(World& world, Person& person) {
    auto& database = person.profile().database();
    for (const int size : {3'000, 100}) {
        while (database.transaction([&] {
            database.run("INSERT INTO setting(name, value) VALUES (?, zeroblob(?))",
                         "padding " + world.random.next<MessageId>().hex(), size);
        })) {
        }
    }
}

} // namespace

class TestAttacksMessages : public QObject {
    Q_OBJECT
private slots:
    void case04_lowOrderPointsInAnEnvelopeChangeNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        carol.client().addContact(alice.client().contactLink().value()).value();
        // A message on a session, and the first one of somebody new.
        const pb::Row message = unnumbered(story.caught([&] { bob.says(alice, "hello"); }).front());
        const pb::Row first = unnumbered(story.caught([&] { carol.says("alice", "hello"); }).front());
        world.inject(alice, {unnumbered(first)});
        world.pass(std::chrono::seconds(5)); // Carol's list is here now
        QCOMPARE(alice.textsFrom("carol"), Lines{"hello"});
        const std::string before = everythingOf(alice);
        const std::string ratchet("\x33\x0A\x21\x05", 4); // where the library's message begins
        for (const Curve25519Key& point : crypto::smallOrderAndNonCanonicalPoints()) {
            std::vector<pb::Row> forged;
            for (const pb::Row& row : {message, first}) {
                const std::size_t at = row.header().find(ratchet) + ratchet.size();
                std::vector<std::size_t> places = {at};
                if (row.header().size() == crypto::kPrekeyMessageHeaderSize) {
                    places = {12, 44, at}; // base key, identity key, ratchet key
                }
                for (const std::size_t place : places) {
                    forged.push_back(row);
                    forged.back().mutable_header()->replace(place, Curve25519Key::kSize,
                                                            stringOf(point.view()));
                }
            }
            world.inject(alice, forged);
        }
        QCOMPARE(everythingOf(alice), before);
        world.inject(alice, {message});
        QCOMPARE(alice.textsFrom("bob").back(), std::string("hello"));
    }

    // ---- Replay, reorder, reflect ----

    void case17_aReplayIsShownOnceWheneverItComes() {
        Talking story;
        auto& [world, alice, bob] = story;
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, true);
        for (const auto& line : numbered("again", 100)) {
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return alice.client().status().messages == 102; }));
        world.toClient = nullptr;
        world.pass(minutes(1));
        const std::string before = everythingOf(alice);
        const auto replayAll = [&] {
            for (std::size_t i = 0; i < rows.size(); i += 50) {
                std::vector<pb::Row> part;
                for (std::size_t k = i; k < std::min(i + 50, rows.size()); ++k) {
                    part.push_back(unnumbered(rows[k]));
                    part.push_back(rows[k]); // and with its old number
                }
                world.inject(alice, part);
            }
        };
        replayAll();
        for (int i = 0; i < 1000; ++i) {
            world.inject(alice, {unnumbered(rows[7])});
        }
        alice.crash();
        world.pass(minutes(1));
        replayAll();
        QCOMPARE(everythingOf(alice), before);
        const std::string said = messagesOf(alice);
        world.pass(std::chrono::days(1)); // by then her ratchet has turned by itself
        replayAll();
        QCOMPARE(messagesOf(alice), said);
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(alice.saw<core::Alarm>().empty());
        // The cursor is where it was, and goes on.
        bob.says(alice, "next");
        QVERIFY(world.until([&] { return alice.texts().back() == "next"; }));
    }
    /// The relay forgets that Alice acknowledged, and delivers a row again under a new number.
    void case17_aReplayUnderANewNumberMovesTheCursorOnly() {
        Talking story;
        auto& [world, alice, bob] = story;
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, true);
        bob.says(alice, "once");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        world.toClient = nullptr;
        const auto cursor = alice.client().status().cursor;
        pb::Row again = rows.back();
        again.set_number(cursor + 1);
        world.inject(alice, {again});
        QCOMPARE(alice.client().status().cursor, cursor + 1);
        QCOMPARE(alice.texts().size(), std::size_t{3});
    }
    void case18_aFirstMessageIsNotShownAgainAfterAReset_data() {
        QTest::addColumn<bool>("withOneTime");
        QTest::newRow("with a one-time prekey") << true;
        QTest::newRow("with the signed prekey alone") << false;
    }
    void case18_aFirstMessageIsNotShownAgainAfterAReset() {
        QFETCH(bool, withOneTime);
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        std::vector<pb::Row> rows;
        const auto collect = catchRows(alice, rows, true);
        world.toClient = [&](Person& person, const pb::Packet& packet) {
            pb::Packet altered = packet;
            for (pb::Frame& frame : *altered.mutable_frames()) {
                for (int i = 0; frame.has_bundles() && i < frame.bundles().bundles_size() && !withOneTime;
                     ++i) {
                    frame.mutable_bundles()->mutable_bundles(i)->clear_one_time();
                }
            }
            return collect(person, altered);
        };
        bob.says(alice, "first");
        QVERIFY(world.until([&] { return alice.texts() == Lines{"first"}; }));
        world.toClient = nullptr;
        QCOMPARE(count(alice, "SELECT count(*) FROM base_key"), withOneTime ? 0 : 1);
        QCOMPARE(count(alice, "SELECT count(*) FROM one_time_prekey"), withOneTime ? 99 : 100);
        world.pass(minutes(1));
        // The session goes, and everything that is remembered of headers and messages.
        auto& database = alice.profile().database();
        QVERIFY(database.transaction([&] {
            database.run("DELETE FROM session");
            database.run("DELETE FROM processed_header");
        }));
        alice.crash();
        world.pass(minutes(1));
        const std::string before = everythingOf(alice);
        world.inject(alice, {unnumbered(rows.front())});
        QCOMPARE(everythingOf(alice), before);
        QCOMPARE(alice.texts(), Lines{"first"});
    }

    void case19_whateverOrderTheSendersOrderIsShown() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        constexpr int kCount = 400;
        for (const auto& line : numbered("line", kCount)) {
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        QVERIFY(world.until([&] { return rows.size() >= kCount; }));
        std::map<std::string, pb::Row> unique;
        for (const pb::Row& row : rows) {
            unique[row.header()] = row;
        }
        std::vector<pb::Row> mail;
        for (const auto& [header, row] : unique) {
            mail.push_back(unnumbered(row));
        }
        QCOMPARE(mail.size(), std::size_t{kCount});
        std::sort(mail.begin(), mail.end(),
                  [](const auto& a, const auto& b) { return a.stamp() < b.stamp(); });
        // 5 % are dropped, the rest comes in any order.
        std::set<std::size_t> dropped;
        for (std::size_t i = 0; i < kCount; i += 20) {
            dropped.insert(i + 3);
        }
        std::vector<pb::Row> shuffled;
        for (std::size_t i = 0; i < mail.size(); ++i) {
            if (!dropped.contains(i)) {
                shuffled.push_back(mail[i]);
            }
        }
        for (std::size_t i = shuffled.size() - 1; i > 0; --i) {
            std::swap(shuffled[i], shuffled[world.random.below(i + 1)]);
        }
        for (std::size_t i = 0; i < shuffled.size(); i += 40) {
            world.inject(alice,
                         {shuffled.begin() + static_cast<std::ptrdiff_t>(i),
                          shuffled.begin() + static_cast<std::ptrdiff_t>(std::min(i + 40, shuffled.size()))});
        }
        Lines expected = numbered("line", kCount);
        for (auto it = dropped.rbegin(); it != dropped.rend(); ++it) {
            expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(*it));
        }
        QCOMPARE(alice.texts(), expected);
        // The gaps are known: as many ranges as pieces between them.
        QCOMPARE(count(alice, "SELECT count(*) FROM chain_range"),
                 static_cast<std::int64_t>(dropped.size()) + 1);
        // What was withheld takes its place when it comes after all.
        for (const std::size_t i : dropped) {
            world.inject(alice, {mail[i]});
        }
        QCOMPARE(alice.texts(), numbered("line", kCount));
        QCOMPARE(count(alice, "SELECT count(*) FROM chain_range"), 1);
        QCOMPARE(alice.client().status().placeholders, 0);
    }

    void case20_onesOwnFrameComesBack() {
        Talking story;
        auto& [world, alice, bob] = story;
        std::vector<pb::Row> rows;
        world.toClient = catchRows(bob, rows, true);
        alice.says(bob, "my own words");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.toClient = nullptr;
        world.pass(minutes(1));
        const std::string before = everythingOf(alice);
        pb::Row asSent = unnumbered(rows.front());
        pb::Row asBobs = asSent;
        wire::setAddress(asBobs.mutable_sender(), bob.address());
        pb::Row asASecondDevice = asSent;
        wire::setAddress(asASecondDevice.mutable_sender(), {alice.address().account, DeviceNumber{2}});
        for (const pb::Row& row : {asSent, asASecondDevice, asBobs}) {
            world.inject(alice, {row});
            world.pass(std::chrono::seconds(1));
        }
        QCOMPARE(everythingOf(alice), before);
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::Undecryptable}); // as "Bob's" only
        QCOMPARE(alice.client().contacts().size(), std::size_t{1}); // nobody is one's own contact
        QCOMPARE(alice.client().conversations().size(), std::size_t{1});
    }

    // ---- What the inside says ----

    void case21_aTextForAnotherConversationIsQuarantined() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        alice.knows(carol);
        carol.says(alice, "hello");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        world.pass(minutes(1));
        const std::string before = messagesOf(alice);
        Forger forger(world, bob);
        // Bob claims that it belongs to Alice's talk with Carol, to his own with Carol, to a group, to an
        // epoch.
        auto withCarol = forger.text(alice, "wrong place", 2);
        withCarol.conversation = core::directConversationId(alice.address().account, carol.address().account);
        auto theirs = forger.text(alice, "wrong place", 2);
        theirs.conversation = core::directConversationId(bob.address().account, carol.address().account);
        auto group = forger.text(alice, "wrong place", 2);
        group.conversation = world.random.next<ConversationId>();
        auto epoch = forger.text(alice, "wrong place", 2);
        epoch.conversationEpoch = 1;
        for (const auto& content : {withCarol, theirs, group, epoch}) {
            world.inject(alice, {forger.row(alice, content)});
            QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::Mismatch);
        }
        QCOMPARE(messagesOf(alice), before);
        QCOMPARE(placeholdersOf(alice).size(), std::size_t{4});
        // They lie where their sender is, so that nobody else's conversation is touched.
        QCOMPARE(alice.history("carol").size(), std::size_t{1});
    }
    void case22_whatTheInsideSaysIsComparedWithTheOutside() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        Forger forger(world, bob);
        const std::string before = messagesOf(alice);
        const auto inject = [&](const pb::Row& row) { world.inject(alice, {row}); };
        auto content = forger.text(alice, "as Carol", 2);
        content.sender = carol.address();
        inject(forger.row(alice, content));
        content = forger.text(alice, "as another device", 2);
        content.sender.device = DeviceNumber{2};
        inject(forger.row(alice, content));
        content = forger.text(alice, "another id than the header's", 2);
        inject(forger.row(alice, content, [&](auto& h) { h.messageId = world.random.next<MessageId>(); }));
        content = forger.text(alice, "before the first number", 2);
        inject(forger.row(alice, content, [](auto& h) { h.seqBase = 3; }));
        content = forger.text(alice, "a header by Carol", 2);
        inject(forger.row(alice, content,
                          [&](auto& h) { h.senderAccount = crypto::accountHash(carol.address().account); }));
        inject(forger.row(alice, content, [&](auto& h) { h.senderDevice = DeviceNumber{2}; }));
        inject(forger.row(alice, content, [&](auto& h) { h.recipientDevice = DeviceNumber{2}; }));
        QCOMPARE(messagesOf(alice), before);
        QCOMPARE(placeholdersOf(alice), std::vector(7, PlaceholderCause::Mismatch));
    }
    /// The relay puts false labels on a true message first; the true message is never blocked by them.
    void case22_aFalseLabelNeverBlocksTheTrueMessage_data() {
        QTest::addColumn<int>("label");
        QTest::newRow("another send id") << 0;
        QTest::newRow("another known sender") << 1;
        QTest::newRow("an unknown sender") << 2;
        QTest::newRow("another device of the sender") << 3;
        QTest::newRow("oneself as the sender") << 4;
        QTest::newRow("another payload") << 5;
        QTest::newRow("no payload") << 6;
        QTest::newRow("another sender and no payload") << 7;
    }
    void case22_aFalseLabelNeverBlocksTheTrueMessage() {
        QFETCH(int, label);
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        alice.knows(carol);
        const auto rows = story.caught([&] { bob.says(alice, "the true words"); });
        const pb::Row truth = unnumbered(rows.front());
        pb::Row squat = truth;
        switch (label) {
        case 0:
            squat.set_send_id(wire::fieldOf(world.random.next<SendId>()));
            break;
        case 1:
            wire::setAddress(squat.mutable_sender(), carol.address());
            break;
        case 2:
            wire::setAddress(squat.mutable_sender(), {world.random.next<AccountId>(), DeviceNumber{1}});
            break;
        case 3:
            wire::setAddress(squat.mutable_sender(), {bob.address().account, DeviceNumber{2}});
            break;
        case 4:
            wire::setAddress(squat.mutable_sender(), alice.address());
            break;
        case 5:
            squat.mutable_payload()->back() ^= 1;
            break;
        case 6:
            squat.clear_payload();
            break;
        default:
            wire::setAddress(squat.mutable_sender(), carol.address());
            squat.clear_payload();
            break;
        }
        // What she asks for does not get through: the true row alone must do.
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send()) {
                frame.Clear();
            }
        });
        world.inject(alice, {squat});
        world.pass(std::chrono::seconds(2));
        QCOMPARE(alice.texts().size(), std::size_t{2});
        alice.crash();
        world.pass(minutes(1));
        world.inject(alice, {squat});
        if (label == 7) {
            pb::Row step = squat; // the lies end one by one
            wire::setAddress(step.mutable_sender(), bob.address());
            world.inject(alice, {step});
        }
        world.inject(alice, {truth, truth});
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "the true words"}));
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0);
        world.inject(alice, {squat});
        world.pass(minutes(1));
        QCOMPARE(alice.client().status().placeholders, 0);
        // And the conversation goes on.
        bob.says(alice, "and more");
        QVERIFY(world.until([&] { return alice.texts().back() == "and more"; }));
        QCOMPARE(alice.client().status().unread, 3);
    }
    /// Copies that the relay spoilt stand for the message only until it comes.
    void case22_spoiltCopiesGoWhenTheTrueMessageComes() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "the true words"); });
        const pb::Row truth = unnumbered(rows.front());
        for (const std::size_t place : {200, 201, 202}) {
            pb::Row spoilt = truth;
            spoilt.mutable_header()->at(place) ^= 1;
            world.inject(alice, {spoilt});
        }
        QCOMPARE(placeholdersOf(alice), std::vector(3, PlaceholderCause::Undecryptable));
        world.inject(alice, {truth});
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "the true words"}));
        QCOMPARE(placeholdersOf(alice).size(), std::size_t{0});
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0);
        QCOMPARE(alice.client().status().unread, 2);
    }
    void case22_fiveHundredSquatsHideNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "the true words"); });
        std::vector<pb::Row> squats;
        for (int i = 0; i < 500; ++i) {
            pb::Row squat = unnumbered(rows.front());
            Bytes junk(32);
            world.random.fill(junk);
            squat.mutable_header()->replace(squat.header().size() - 40, junk.size(), stringOf(junk));
            squats.push_back(squat); // the true send id, junk under it
        }
        for (std::size_t i = 0; i < squats.size(); i += 100) {
            world.inject(alice, {squats.begin() + static_cast<std::ptrdiff_t>(i),
                                 squats.begin() + static_cast<std::ptrdiff_t>(i + 100)});
        }
        QCOMPARE(alice.texts().size(), std::size_t{2});
        world.inject(alice, {unnumbered(rows.front())});
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "the true words"}));
    }
    /// Stamps only interleave senders: whatever the relay says, a sender's own order stands.
    void case22_stampsNeverReorderASender() {
        Talking story;
        auto& [world, alice, bob] = story;
        auto rows = story.caught(
            [&] {
                for (const auto& line : numbered("line", 5)) {
                    bob.says(alice, line);
                }
            },
            5);
        const std::uint64_t stamps[] = {rows[4].stamp(), 1, ~std::uint64_t{0}, std::uint64_t{1} << 63U, 7};
        for (std::size_t i = 0; i < 5; ++i) {
            rows[i].set_stamp(stamps[i]);
            world.inject(alice, {unnumbered(rows[i])});
        }
        Lines expected = numbered("line", 5);
        expected.insert(expected.begin(), "from bob");
        QCOMPARE(alice.textsFrom("bob"), expected);
        // All can be read, from either end, and what follows stands after it.
        const auto conversation = alice.history("bob").front().conversation;
        QCOMPARE(alice.client().history(conversation, {}, core::PageDirection::Newer, 100)->messages.size(),
                 std::size_t{7});
        bob.says(alice, "later");
        alice.says(bob, "mine");
        QVERIFY(world.until([&] { return alice.texts().size() == 9; }));
        expected.push_back("later");
        QCOMPARE(alice.textsFrom("bob"), expected);
        const auto history = alice.history("bob");
        QVERIFY(alice.client().markRead(conversation, history.back().key));
        QCOMPARE(alice.client().status().unread, 0);
    }

    void case23_everyFlippedByteOfAnEnvelopeIsRefused() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "untouched"); });
        const pb::Row truth = unnumbered(rows.front());
        world.pass(minutes(1));
        const std::string before = everythingOf(alice);
        std::vector<pb::Row> altered;
        for (std::size_t i = 0; i < truth.header().size(); ++i) {
            pb::Row row = truth;
            (*row.mutable_header())[i] ^= 0x40;
            altered.push_back(row);
        }
        for (std::size_t size = 1; size < truth.header().size(); size += 37) {
            pb::Row row = truth;
            row.mutable_header()->resize(size);
            altered.push_back(row);
        }
        for (std::size_t i = 0; i < altered.size(); i += 60) {
            world.inject(alice,
                         {altered.begin() + static_cast<std::ptrdiff_t>(i),
                          altered.begin() + static_cast<std::ptrdiff_t>(std::min(i + 60, altered.size()))});
        }
        QCOMPARE(everythingOf(alice), before);
        // Payloads: the header counts, the text never shows.
        const std::string texts = messagesOf(alice);
        for (std::size_t i = 0; i < truth.payload().size(); i += 11) {
            pb::Row row = truth;
            (*row.mutable_payload())[i] ^= 0x01;
            world.inject(alice, {row});
        }
        QCOMPARE(messagesOf(alice), texts);
        world.inject(alice, {truth});
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "untouched"}));
    }
    void case24_newerFormatsAreKeptAndNeverGuessed() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, bob);
        const std::string before = messagesOf(alice);
        // A header of a later suite.
        pb::Row suite = forger.row(alice, forger.text(alice, "suite", 2));
        (*suite.mutable_header())[0] = 2;
        world.inject(alice, {suite});
        QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::NewerFormat);
        // A payload of a later suite, under a digest that fits.
        const auto content = forger.text(alice, "payload", 2);
        auto payload = crypto::sealPayload(core::encodeContent(content), world.random);
        payload.bytes[0] = 2;
        payload.digest = crypto::payloadDigest(payload.bytes);
        world.inject(alice, {forger.row(alice, payload, content.message)});
        QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::NewerFormat);
        // A content of a later version, and one of an unknown kind.
        for (const bool version : {true, false}) {
            const auto text = forger.text(alice, "content", 2);
            const Bytes bytes = core::encodeContent(text);
            core::pb::Content changed;
            QVERIFY(changed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            version ? changed.set_version(2) : changed.clear_body();
            Bytes out(changed.ByteSizeLong());
            changed.SerializeWithCachedSizesToArray(out.data());
            world.inject(alice, {forger.row(alice, out, text.message)});
            QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::NewerFormat);
        }
        QCOMPARE(messagesOf(alice), before);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"),
                 4); // all kept, to be read by a later version
    }
    void case24_aRelayOfAnotherVersionIsNotTalkedTo() {
        Talking story;
        auto& [world, alice, bob] = story;
        world.toClient = eachFrame([](Person&, pb::Frame& frame) {
            if (frame.has_challenge()) {
                frame.mutable_challenge()->set_min_version(2);
                frame.mutable_challenge()->set_max_version(3);
            }
        });
        bool said = false;
        world.toRelay = eachFrame([&](Person& person, pb::Frame&) { said |= &person == &alice; });
        alice.crash();
        alice.says(bob, "waiting");
        world.pass(minutes(5));
        QCOMPARE(alice.client().link().state, core::LinkState::Stopped);
        QVERIFY(!said); // nothing at all was said to it
    }
    void case25_oneTypeNeverPassesForAnother() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto mine = alice.history("bob").front();
        Forger forger(world, bob);
        const std::string before = messagesOf(alice);
        // A receipt with a number of the chain, a text without one, an empty text, a receipt for nothing.
        auto receipt = forger.receipt(alice, mine.id, MessageState::Read);
        receipt.seq = 2;
        receipt.previous = world.random.next<Digest>();
        world.inject(alice, {forger.row(alice, receipt)});
        QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::Mismatch);
        auto text = forger.text(alice, "invisible text", 0);
        world.inject(alice, {forger.row(alice, text)});
        QCOMPARE(lastPlaceholderOf(alice), PlaceholderCause::Mismatch);
        text = forger.text(alice, "", 2);
        world.inject(alice, {forger.row(alice, text)});
        receipt = forger.receipt(alice, mine.id, MessageState::Read);
        std::get<core::ReceiptsBody>(receipt.body).receipts.clear();
        world.inject(alice, {forger.row(alice, receipt)});
        // A type nobody knows, without a number: not meant to be seen, and not seen.
        const auto unknown = forger.text(alice, "", 0);
        auto bare = unknown;
        bare.body = core::UnknownBody{};
        const auto placeholders = placeholdersOf(alice).size();
        world.inject(alice, {forger.row(alice, bare)});
        QCOMPARE(placeholdersOf(alice).size(), placeholders);
        QCOMPARE(messagesOf(alice), before);
    }
    void case26_onlyTheRecipientConfirms() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        carol.knows(alice);
        carol.says(alice, "hello");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        // The relay's own answer means stored, whatever it claims.
        bob.goOffline();
        const auto message = alice.says(bob, "did you get this");
        QVERIFY(world.until([&] { return alice.stateOf(message) == MessageState::Sent; }));
        world.pass(minutes(5));
        QCOMPARE(alice.stateOf(message), MessageState::Sent);
        // A third party confirms it.
        Forger third(world, carol);
        world.inject(alice, {third.row(alice, third.receipt(alice, message.id, MessageState::Read))});
        QCOMPARE(alice.stateOf(message), MessageState::Sent);
        // Bob confirms what Alice wrote to Carol, what he wrote himself, and what does not exist.
        const auto toCarol = alice.says(carol, "for Carol");
        QVERIFY(world.until([&] { return alice.stateOf(toCarol) >= MessageState::Sent; }));
        const auto state = alice.stateOf(toCarol);
        const auto bobsOwn = alice.history("bob")[1];
        QVERIFY(!bobsOwn.outgoing);
        Forger forger(world, bob);
        for (const MessageId& id : {toCarol.id, bobsOwn.id, world.random.next<MessageId>()}) {
            world.inject(alice, {forger.row(alice, forger.receipt(alice, id, MessageState::Read))});
        }
        QVERIFY(alice.stateOf(toCarol) == state || alice.stateOf(toCarol) == MessageState::Delivered);
        QCOMPARE(alice.client().message(bobsOwn.id)->state, MessageState::Received);
        QCOMPARE(alice.stateOf(message), MessageState::Sent);
        QCOMPARE(alice.client().status().placeholders, 0);
        // A true one counts, and cannot be taken back.
        world.inject(alice, {forger.row(alice, forger.receipt(alice, message.id, MessageState::Read))});
        QCOMPARE(alice.stateOf(message), MessageState::Read);
        world.inject(alice, {forger.row(alice, forger.receipt(alice, message.id, MessageState::Delivered))});
        QCOMPARE(alice.stateOf(message), MessageState::Read);
    }
    void case26_aReceiptForWhatWasNeverSentMovesNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        const auto queued = alice.says(bob, "still here");
        Forger forger(world, bob);
        const auto row = forger.row(alice, forger.receipt(alice, queued.id, MessageState::Read));
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send()) {
                frame.Clear();
            }
        });
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        const auto later = alice.says(bob, "later");
        QCOMPARE(alice.stateOf(queued) <= MessageState::Encrypted, true);
        world.inject(alice, {row});
        QCOMPARE(alice.stateOf(later) <= MessageState::Encrypted, true);
        world.toRelay = nullptr;
        reconnect(world, alice);
        QVERIFY(world.until([&] { return alice.stateOf(later) == MessageState::Delivered; }));
    }
    /// Nothing is encrypted anew for anybody: every repeat is the same bytes.
    void case27_nothingIsEverResentInOtherBytes() {
        Talking story;
        auto& [world, alice, bob] = story;
        std::map<std::string, std::set<std::string>> bytesOfSend;
        std::set<std::string> payloads;
        int offered = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send() && frame.send().class_() == pb::DURABLE) {
                ++offered;
                bytesOfSend[frame.send().send_id()].insert(frame.send().SerializeAsString());
                payloads.insert(frame.send().payload());
            }
        });
        // The relay swallows every second answer.
        int answers = 0;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_stored() && ++answers % 2 == 0) {
                frame.Clear();
            }
        });
        for (const auto& line : numbered("line", 10)) {
            alice.says(bob, line);
            world.pass(minutes(1));
            alice.crash();
        }
        world.toClient = nullptr;
        QVERIFY(world.until([&] { return alice.client().status().queued == 0; }, minutes(5)));
        QVERIFY(offered > 10);
        QCOMPARE(payloads.size(), std::size_t{10});
        for (const auto& [id, bytes] : bytesOfSend) {
            QCOMPARE(bytes.size(), std::size_t{1});
        }
        Lines expected = numbered("line", 10);
        expected.insert(expected.begin(), "from alice");
        QVERIFY(world.until([&] { return bob.textsFrom("alice") == expected; }));
        // Junk, placeholders and replays that Bob cannot read make neither side send anything again.
        offered = 0;
        Forger forger(world, alice);
        auto junk = forger.row(bob, forger.text(bob, "junk", 20));
        junk.mutable_header()->back() ^= 1;
        for (int i = 0; i < 50; ++i) {
            (*junk.mutable_header())[200] = static_cast<char>(i);
            world.inject(bob, {junk});
        }
        world.pass(std::chrono::hours(2));
        QCOMPARE(offered, 0);
        QCOMPARE(bob.textsFrom("alice"), expected);
    }

    // ---- Floods ----

    void case28_aFloodOfUndecryptableMailStartsOneSessionAnHourAndBurnsNoPrekey() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& mallory = world.person("mallory");
        const auto rows = story.caught([&] { bob.says(alice, "the seed"); });
        // A first message whose set-up is right up to its last byte.
        mallory.client().addContact(alice.client().contactLink().value()).value();
        const auto firsts = story.caught([&] { mallory.says("alice", "first"); });
        world.pass(minutes(1));
        const std::string before = keysOf(alice);
        int asked = 0;
        int sent = 0;
        const auto prekeys = count(alice, "SELECT count(*) FROM one_time_prekey");
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            asked += &person == &alice && frame.has_fetch_bundles() ? 1 : 0;
            sent += &person == &alice && frame.has_send() ? 1 : 0;
        });
        constexpr int kFlood = 2'100;
        std::vector<pb::Row> batch;
        for (int i = 0; i < kFlood; ++i) {
            pb::Row row = unnumbered(i % 2 == 0 ? rows.front() : firsts.front());
            std::string& header = *row.mutable_header();
            header[header.size() - 60] = static_cast<char>(i);
            header[header.size() - 61] = static_cast<char>(i >> 8);
            header[header.size() - 62] ^= 0x55;
            if (i != 0) {
                row.set_send_id(wire::fieldOf(world.random.next<SendId>()));
            }
            batch.push_back(row);
            if (batch.size() == 100) {
                world.inject(alice, std::exchange(batch, {}));
                world.pass(Milliseconds(100));
            }
        }
        // One new session with the supposed sender, a few questions, and no prekey of hers used up. The
        // stranger is asked for nothing.
        world.pass(minutes(50));
        QVERIFY(asked <= 1);
        QVERIFY2(sent <= 15, qPrintable(QString::number(sent)));
        QCOMPARE(count(alice, "SELECT count(*) FROM one_time_prekey"), prekeys);
        // Room for placeholders is bounded per sender's device; the rest is counted.
        auto kept = alice.profile().database().query(
            "SELECT count(*) FROM placeholder p JOIN account a ON a.id = p.sender WHERE a.key = ?",
            bob.address().account);
        QVERIFY(kept.next());
        QCOMPARE(kept.integer(0), core::MailboxStore::kMaxKeptRows);
        // (One has come again by now, whole: Bob was asked for it.)
        QCOMPARE(count(alice, "SELECT sum(rows) FROM refused_mail"),
                 kFlood - 1 - count(alice, "SELECT count(*) FROM placeholder"));
        // Honest mail comes through behind it.
        world.inject(alice, {unnumbered(rows.front())});
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "the seed"}));
        bob.says(alice, "still here");
        QVERIFY(world.until([&] { return alice.texts().back() == "still here"; }, std::chrono::seconds(1)));
    }
    void case29_forgedCountersLeaveHonestMailItsTurn() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "the seed"); });
        const std::string before = keysOf(alice);
        // As far ahead as the ratchet would have to step: every one is refused and leaves nothing.
        const std::string& seed = rows.front().header();
        const auto at = seed.find(std::string("\x33\x0A\x21\x05", 4));
        QVERIFY(at != std::string::npos);
        const std::size_t counterAt = at + 4 + 32 + 1; // behind the ratchet key and the field's tag
        std::vector<pb::Row> forged;
        for (int i = 0; i < 600; ++i) {
            pb::Row row = unnumbered(rows.front());
            std::string& header = *row.mutable_header();
            header[counterAt] = static_cast<char>(0x70 + i % 10); // a one-byte counter far ahead
            header[header.size() - 70] = static_cast<char>(i);
            header[header.size() - 71] = static_cast<char>(i >> 8);
            forged.push_back(row);
        }
        // One attempt for each, and none for the same again: every failed attempt is one rollback.
        for (const std::uint64_t attempts : {600, 0}) {
            const std::uint64_t rollbacks = alice.profile().database().rollbacks();
            for (auto row = forged.begin(); row != forged.end(); row += 50) {
                world.inject(alice, {row, row + 50});
            }
            QCOMPARE(alice.profile().database().rollbacks() - rollbacks, attempts);
        }
        QCOMPARE(keysOf(alice), before);
        // No skipped keys were stored for them.
        QVERIFY(count(alice, "SELECT max(length(record)) FROM session") < 8'000);
        QVERIFY(count(alice, "SELECT count(*) FROM placeholder") <= 600);
        world.inject(alice, {unnumbered(rows.front())});
        QCOMPARE(alice.textsFrom("bob").back(), std::string("the seed"));
        // Mail behind the flood arrives within the second that it may take.
        bob.says(alice, "still here");
        QVERIFY(world.until([&] { return alice.texts().back() == "still here"; }, std::chrono::seconds(1)));
    }
    void case30_liesAboutPositionsLoseAndDoubleNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        // The next rows come with numbers that go back, jump, are enormous or belong to nobody.
        std::vector<std::uint64_t> lies = {1, 0, std::uint64_t{1} << 63U, ~std::uint64_t{0}, 1'000'000, 2, 3};
        std::size_t lie = 0;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    row.set_number(lies[lie++ % lies.size()]);
                }
            }
        });
        for (const auto& line : numbered("line", 20)) {
            bob.says(alice, line);
            world.pass(Milliseconds(200));
        }
        Lines expected = numbered("line", 20);
        expected.insert(expected.begin(), "from bob");
        QVERIFY(world.until([&] { return alice.textsFrom("bob") == expected; }));
        // Nothing was acknowledged that did not follow: the honest relay still has it, and it comes again.
        world.toClient = nullptr;
        reconnect(world, alice);
        world.pass(minutes(1));
        QCOMPARE(alice.textsFrom("bob"), expected);
        QCOMPARE(alice.client().status().placeholders, 0);
        bob.says(alice, "on");
        QVERIFY(world.until([&] { return alice.texts().back() == "on"; }));
    }
    /// The relay leaves some out: what follows them must not acknowledge them.
    void case30_whatWasLeftOutIsNotAcknowledged() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        for (const auto& line : numbered("line", 5)) {
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_deliver() && frame.deliver().rows_size() > 0) {
                const pb::Row last = *frame.deliver().rows().rbegin();
                frame.mutable_deliver()->clear_rows();
                *frame.mutable_deliver()->add_rows() = last;
            }
        });
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.texts().back() == "line 5"; }));
        world.pass(std::chrono::seconds(1)); // before she asks for what is missing
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "line 5"}));
        world.toClient = nullptr;
        reconnect(world, alice);
        Lines expected = numbered("line", 5);
        expected.insert(expected.begin(), "from bob");
        QCOMPARE(alice.textsFrom("bob"), expected);
    }
    void case30_liesAtLogInLoseAndDoubleNothing_data() {
        QTest::addColumn<int>("lie");
        QTest::newRow("another epoch") << 0;
        QTest::newRow("cursor unknown") << 1;
        QTest::newRow("acknowledged far ahead") << 2;
        QTest::newRow("nothing acknowledged") << 3;
        QTest::newRow("newest far ahead") << 4;
        QTest::newRow("newest far behind") << 5;
        QTest::newRow("generation unknown") << 6;
        QTest::newRow("send unknown") << 7;
    }
    void case30_liesAtLogInLoseAndDoubleNothing() {
        QFETCH(int, lie);
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        for (const auto& line : numbered("line", 5)) {
            bob.says(alice, line);
        }
        alice.says(bob, "while offline");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person != &alice || !frame.has_welcome()) {
                return;
            }
            pb::Welcome& welcome = *frame.mutable_welcome();
            switch (lie) {
            case 0:
                welcome.set_epoch(wire::fieldOf(world.random.next<Epoch>()));
                break;
            case 1:
                welcome.add_disagreements(pb::CURSOR_UNKNOWN);
                break;
            case 2:
                welcome.mutable_acked()->set_number(std::uint64_t{1} << 62U);
                break;
            case 3:
                welcome.clear_acked();
                break;
            case 4:
                welcome.set_newest(~std::uint64_t{0});
                break;
            case 5:
                welcome.set_newest(0);
                break;
            case 6:
                welcome.add_disagreements(pb::GENERATION_UNKNOWN);
                break;
            default:
                welcome.add_disagreements(pb::SEND_UNKNOWN);
                break;
            }
        });
        alice.goOnline();
        Lines expected = numbered("line", 5);
        expected.insert(expected.begin(), "from bob");
        QVERIFY(world.until([&] { return alice.textsFrom("bob") == expected; }));
        world.toClient = nullptr;
        alice.crash();
        world.pass(minutes(2));
        bob.says(alice, "on");
        QVERIFY(world.until([&] { return alice.texts().back() == "on"; }));
        expected.push_back("on");
        QCOMPARE(alice.textsFrom("bob"), expected);
        QVERIFY(world.until([&] { return bob.texts().size() == alice.texts().size(); }));
        QCOMPARE(bob.textsFrom("alice"), Lines({"from alice", "while offline"}));
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        QCOMPARE(hasAlarm(alice, "restored from an older copy"), lie == 2 || lie == 6);
    }

    // ---- What the relay sees ----

    void case31_theRelayNeverSeesWhatIsSaid() {
        World world;
        const std::string canary = "canary-9f3b71-in-a-text";
        std::string seen;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        const auto watch = [&](Person&, const pb::Packet& packet) {
            seen += packet.SerializeAsString();
            return std::vector{packet};
        };
        world.toRelay = watch;
        world.toClient = watch;
        alice.knows(bob);
        const auto message = alice.says(bob, canary);
        bob.says(alice, canary + " too");
        QVERIFY(world.until([&] { return alice.texts().size() == 2 && bob.texts().size() == 2; }));
        const auto line = bob.history("alice").front();
        QVERIFY(bob.client().markRead(line.conversation, line.key));
        bob.goOffline();
        alice.says(bob, canary + " stays at the relay");
        QVERIFY(world.until([&] { return alice.client().status().queued == 0; }));
        world.pass(minutes(1));
        const auto conversation = core::directConversationId(alice.address().account, bob.address().account);
        world.stopRelay();
        for (const std::string& trace : {canary, stringOf(message.id.view()), message.id.hex(),
                                         stringOf(conversation.view()), conversation.hex()}) {
            QVERIFY(seen.find(trace) == std::string::npos);
            QCOMPARE(filesWith(world.relayDirectory(), trace), std::vector<std::string>());
        }
        // The net does catch: what the relay may know is there.
        QVERIFY(seen.find(stringOf(alice.address().account.view())) != std::string::npos);
        QVERIFY(!filesWith(world.relayDirectory(), stringOf(bob.address().account.view())).empty());
    }
    void case32_shortTextsAllHaveOneSize() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        bob.goOffline();
        std::map<std::size_t, int> payloads;
        std::set<std::size_t> headers;
        world.toRelay = eachFrame([&](Person&, pb::Frame& frame) {
            if (frame.has_send()) {
                ++payloads[frame.send().payload().size()];
                for (const auto& header : frame.send().headers()) {
                    headers.insert(header.bytes().size());
                }
            }
        });
        for (std::size_t length = 1; length <= 160; ++length) {
            alice.says(bob, std::string(length, 'x'));
        }
        QVERIFY(world.until([&] { return alice.client().status().queued == 0; }));
        QCOMPARE(payloads.size(), std::size_t{1});
        QCOMPARE(payloads.begin()->second, 160);
        QCOMPARE(headers.size(), std::size_t{1});
        // Receipts look like texts.
        bob.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == 160; }));
        world.pass(minutes(1));
        bob.says(alice, "short");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.pass(minutes(1));
        QVERIFY(payloads.size() <= 2); // many receipts at once take the next step
    }
    void case33_nothingIsCompressedBeforeEncryption() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        std::set<std::size_t> sizes;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send() && frame.send().class_() == pb::DURABLE) {
                sizes.insert(frame.send().payload().size());
            }
        });
        std::string random;
        for (int i = 0; i < 20'000; ++i) {
            random += static_cast<char>('!' + world.random.below(90));
        }
        alice.says(bob, std::string(20'000, 'a'));
        alice.says(bob, random);
        QVERIFY(world.until([&] { return bob.texts().size() == 2; }));
        QCOMPARE(sizes.size(), std::size_t{1});
        QVERIFY(*sizes.begin() >= 20'000);
    }
    void case38_anExhaustedPrekeyIsNeverSilent() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& carol = world.person("carol");
        for (Person* person : {&alice, &carol}) {
            person->client().addContact(bob.client().contactLink().value()).value();
            bob.client().addContact(person->client().contactLink().value()).value();
        }
        // The relay hands both the same one-time prekey.
        std::optional<pb::OneTimePrekey> first;
        world.toClient = eachFrame([&](Person&, pb::Frame& frame) {
            if (frame.has_bundles()) {
                for (auto& bundle : *frame.mutable_bundles()->mutable_bundles()) {
                    first = first ? first : bundle.one_time();
                    *bundle.mutable_one_time() = *first;
                }
            }
        });
        alice.says(bob, "first");
        QVERIFY(world.until([&] { return bob.texts() == Lines{"first"}; }));
        carol.says(bob, "second");
        QVERIFY(world.until([&] { return bob.client().status().placeholders == 1; }));
        QCOMPARE(lastPlaceholderOf(bob), PlaceholderCause::PrekeyGone);
        QCOMPARE(bob.history("carol").size(), std::size_t{1});       // it stands where it belongs
        QCOMPARE(count(bob, "SELECT count(*) FROM placeholder"), 1); // and is kept whole
    }

    // ---- Mail that waits for what it needs ----

    void aMissingPayloadLeavesAPlaceholderThatLaterBytesComplete() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "whole"); });
        pb::Row without = unnumbered(rows.front());
        without.clear_payload();
        world.inject(alice, {without});
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::PayloadMissing});
        const auto line = alice.history("bob").back();
        QCOMPARE(line.kind, MessageKind::Placeholder);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder WHERE payload_key IS NOT NULL"), 1);
        // Other bytes complete nothing.
        pb::Row other = unnumbered(rows.front());
        (*other.mutable_payload())[100] ^= 1;
        world.inject(alice, {other});
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::PayloadMissing});
        world.inject(alice, {unnumbered(rows.front())});
        const auto repaired = alice.history("bob").back();
        QVERIFY(repaired.key > line.key); // the newest line, in the place of the old one
        QCOMPARE(repaired.text, std::string("whole"));
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0); // and its key is gone
        QCOMPARE(alice.client().status().placeholders, 0);
    }
    void mailOfADeviceWithoutAListWaitsForIt_data() {
        QTest::addColumn<bool>("withPayload");
        QTest::addColumn<bool>("byName");
        QTest::newRow("it comes with the next log-in") << true << false;
        QTest::newRow("it comes with a look-up of the name") << true << true;
        QTest::newRow("its payload is missing as well") << false << false;
    }
    void mailOfADeviceWithoutAListWaitsForIt() {
        QFETCH(bool, withPayload);
        QFETCH(bool, byName);
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        // The relay withholds Bob's list from Alice.
        std::vector<pb::Row> rows;
        bool withhold = true;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person != &alice) {
                return;
            }
            if (frame.has_lists() && withhold) {
                frame.mutable_lists()->clear_lists();
            }
            if (frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    rows.push_back(row);
                    if (!withPayload) {
                        row.clear_payload();
                    }
                }
            }
        });
        auto& database = alice.profile().database();
        QVERIFY(database.transaction([&] {
            database.run("DELETE FROM device_list WHERE account = (SELECT id FROM account WHERE key = ?)",
                         bob.address().account);
        }));
        alice.crash();
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        bob.says(alice, "one");
        bob.says(alice, "two");
        QVERIFY(world.until([&] { return alice.client().status().placeholders == 2; }));
        QCOMPARE(placeholdersOf(alice), std::vector(2, PlaceholderCause::UntrustedDevice));
        QCOMPARE(count(alice, "SELECT count(*) FROM session"), 0);
        const auto lines = alice.history("bob");
        withhold = false;
        if (byName) {
            alice.client().addContact("bob", [](const auto&) {});
        } else {
            alice.crash();
        }
        if (!withPayload) {
            QVERIFY(world.until(
                [&] { return placeholdersOf(alice) == std::vector(2, PlaceholderCause::PayloadMissing); }));
            for (const pb::Row& row : rows) {
                world.inject(alice, {unnumbered(row)});
            }
        }
        QVERIFY(world.until([&] { return alice.texts() == Lines({"one", "two"}); }));
        const auto repaired = alice.history("bob");
        for (std::size_t i = 0; i < 2; ++i) {
            // In its place, and as the newest line: readers that passed the placeholder are still to see it.
            QVERIFY(repaired[i].key > lines[1].key);
        }
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(alice.client().status().unread, 2);
    }
    /// A receipt that had to wait is not a message: its placeholder goes.
    void aPlaceholderOfSomethingInvisibleGoes() {
        Talking story;
        auto& [world, alice, bob] = story;
        bob.goOffline();
        const auto message = alice.says(bob, "seen?");
        QVERIFY(world.until([&] { return alice.stateOf(message) == MessageState::Sent; }));
        Forger forger(world, bob);
        const pb::Row receipt = forger.row(alice, forger.receipt(alice, message.id, MessageState::Read));
        pb::Row without = receipt;
        without.clear_payload();
        world.inject(alice, {without});
        QCOMPARE(alice.client().status().placeholders, 1);
        const auto unread = alice.client().status().unread;
        world.inject(alice, {receipt});
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(alice.client().status().unread, unread - 1);
        QCOMPARE(alice.stateOf(message), MessageState::Read);
        QCOMPARE(alice.saw<core::MessageRemoved>().size(), std::size_t{1});
        QCOMPARE(alice.texts(), Lines({"from alice", "from bob", "seen?"}));
    }
    /// R6: after a rollback Bob uses a ratchet key twice. The second text is never taken for seen.
    void aRolledBackPeerIsNoticedAndNothingIsDroppedSilently() {
        Talking story;
        auto& [world, alice, bob] = story;
        // A peer that notices nothing itself: only its sessions are of yesterday.
        const auto record = [&bob]() {
            auto rows = bob.profile().database().query("SELECT record FROM session");
            rows.next();
            return rows.blob(0);
        };
        const Bytes before = record();
        bob.says(alice, "before the rollback");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        world.pass(minutes(1));
        bob.profile().database().run("UPDATE session SET record = ?", before);
        bob.says(alice, "after the rollback");
        QVERIFY(world.until([&] { return alice.client().status().placeholders >= 1; }));
        QVERIFY(lastPlaceholderOf(alice) == PlaceholderCause::RatchetReused);
        QVERIFY(hasAlarm(alice, "used an encryption key twice"));
        const auto history = alice.history("bob");
        QVERIFY(std::any_of(history.begin(), history.end(), [](const core::Message& line) {
            return line.kind == MessageKind::Placeholder && line.cause == PlaceholderCause::RatchetReused;
        }));
        alice.crash();
        QVERIFY(hasAlarm(alice, "used an encryption key twice"));
        // It comes again on a new session.
        QVERIFY(world.until([&] { return alice.texts().back() == "after the rollback"; }, minutes(5)));
        QCOMPARE(alice.client().status().placeholders, 0);
    }

    // ---- The relay is restored ----

    void aRelayRestoredFromAnOlderCopyLosesNothingTheClientsHold() {
        Talking story;
        auto& [world, alice, bob] = story;
        QTemporaryDir copies;
        const std::filesystem::path copy = copies.filePath("relay").toStdString();
        world.stopRelay();
        std::filesystem::copy(world.relayDirectory(), copy, std::filesystem::copy_options::recursive);
        world.startRelay();
        for (const auto& line : numbered("line", 10)) {
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return alice.texts().size() == 12; }));
        alice.says(bob, "answer");
        QVERIFY(world.until([&] { return bob.texts().size() == 13; }));
        world.pass(minutes(2));
        world.stopRelay();
        std::filesystem::remove_all(world.relayDirectory());
        std::filesystem::copy(copy, world.relayDirectory(), std::filesystem::copy_options::recursive);
        world.startRelay();
        const Lines before = alice.texts();
        bob.says(alice, "after the restore");
        alice.says(bob, "hello again");
        QVERIFY(
            world.until([&] { return alice.texts().size() == 15 && bob.texts().size() == 15; }, minutes(5)));
        QCOMPARE(alice.texts(), bob.texts());
        Lines beginning = alice.texts();
        beginning.resize(before.size());
        QCOMPARE(beginning, before);
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(bob.client().status().placeholders, 0);
        // Mailboxes move again: what is received is acknowledged.
        for (const auto& line : numbered("more", 520)) { // beyond one window
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return alice.client().status().messages == 535; }, minutes(5)));
    }
    void anEmptyRelayEndsInAClearWordAndKeepsAllThatIsHere() {
        Talking story;
        auto& [world, alice, bob] = story;
        const Lines before = alice.texts();
        const std::string keys = keysOf(alice);
        world.stopRelay();
        std::filesystem::remove_all(world.relayDirectory());
        world.startRelay();
        world.pass(minutes(3));
        QCOMPARE(alice.client().link().state, core::LinkState::Stopped);
        QVERIFY(alice.client().link().reason.find("does not know this device") != std::string::npos);
        QCOMPARE(alice.texts(), before);
        QCOMPARE(keysOf(alice), keys);
        const auto waiting = alice.says(bob, "waits");
        QCOMPARE(alice.stateOf(waiting), MessageState::Queued);
    }

    // ---- Bad disks ----

    void aFullDiskRefusesAndRecovers() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto conversation = alice.history("bob").front().conversation;
        const auto before = alice.texts();
        std::uint64_t acknowledged = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_ack()) {
                acknowledged = std::max(acknowledged, frame.ack().number());
            }
        });
        const auto cursor = alice.client().status().cursor;
        fillDisk(alice);
        pad(world, alice);
        // Sending says so, and nothing is half there.
        const auto refused = alice.client().sendText(conversation, std::string(20'000, 'x'));
        QCOMPARE(refused.error().code, FailureCode::DiskFull);
        QVERIFY(refused.error().text.find("nothing was changed") != std::string::npos);
        QCOMPARE(alice.texts(), before);
        QCOMPARE(alice.client().status().queued, 0);
        // Receiving acknowledges nothing.
        for (const auto& line : numbered("line", 20)) {
            bob.says(alice, line + std::string(20'000, '.'));
        }
        world.pass(minutes(3));
        QCOMPARE(alice.texts(), before);
        QCOMPARE(alice.client().status().cursor, cursor);
        QVERIFY(acknowledged <= cursor);
        QVERIFY(alice.client().link().reason.find("profile") != std::string::npos);
        // Space returns: all of it arrives, once, in order; what was refused can be said.
        freeDisk(alice);
        QVERIFY(world.until(
            [&] { return alice.client().status().messages == static_cast<std::int64_t>(before.size()) + 20; },
            minutes(5)));
        QVERIFY(alice.client().sendText(conversation, "now it fits"));
        QVERIFY(world.until([&] { return bob.texts().back() == "now it fits"; }));
        QCOMPARE(alice.texts(), bob.texts());
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(acknowledged > cursor);
    }
    /// At every amount of space that is left, up to where all goes well.
    void aDiskThatFillsUpAnywhereLosesAndDoublesNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        constexpr int kRounds = 10;
        int said = 0;
        for (int round = 0; round < kRounds; ++round) {
            fillDisk(alice);
            pad(world, alice);
            const auto pages = count(alice, "PRAGMA page_count") + 2 * round;
            alice.profile().database().execute("PRAGMA max_page_count = " + std::to_string(pages));
            const std::string words = std::to_string(round) + std::string(8'000, '.');
            bob.says(alice, words);
            const auto out = alice.client().sendText(alice.history("bob").front().conversation, words);
            world.pass(minutes(1));
            freeDisk(alice);
            QVERIFY(out || out.error().code == FailureCode::DiskFull);
            said += out ? 1 : 0;
            QVERIFY(world.until(
                [&] {
                    return alice.client().status().queued == 0 &&
                           alice.client().status().messages == 3 + round + said;
                },
                minutes(5)));
        }
        QVERIFY(said > 0 && said < kRounds);
        QVERIFY(
            world.until([&] { return bob.textsFrom("alice").size() == static_cast<std::size_t>(said) + 1; }));
        Lines fromBob = {"from bob"};
        for (int round = 0; round < kRounds; ++round) {
            fromBob.push_back(std::to_string(round) + std::string(8'000, '.'));
        }
        QCOMPARE(alice.textsFrom("bob"), fromBob);
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(bob.client().status().placeholders, 0);
    }
    /// A constraint that only the commit checks stands for every commit that fails.
    void aFailingCommitAcknowledgesNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        auto& database = alice.profile().database();
        database.execute(
            "CREATE TABLE hostage(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES setting(name) "
            "DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER fail_commit AFTER INSERT ON message BEGIN "
            "INSERT INTO hostage(parent) VALUES ('no such setting'); END;");
        const std::string before = everythingOf(alice);
        const auto cursor = alice.client().status().cursor;
        std::uint64_t acknowledged = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_ack()) {
                acknowledged = std::max(acknowledged, frame.ack().number());
            }
        });
        const auto conversation = alice.history("bob").front().conversation;
        QVERIFY(!alice.client().sendText(conversation, "refused"));
        for (const auto& line : numbered("line", 5)) {
            bob.says(alice, line);
        }
        world.pass(minutes(2));
        QCOMPARE(everythingOf(alice), before); // the ratchet too
        QCOMPARE(alice.client().status().cursor, cursor);
        QVERIFY(acknowledged <= cursor);
        QVERIFY(alice.saw<core::MessageAdded>().size() == 2); // and nothing was told that did not last
        database.execute("DROP TRIGGER fail_commit");
        QVERIFY(world.until([&] { return alice.texts().size() == 7; }, minutes(5)));
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(acknowledged > cursor);
    }
    /// Pages of the history are overwritten: errors are values, nothing crashes, nothing begins anew.
    void aDamagedHistoryIsSaidAndNeverReplaced() {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            Talking story;
            auto& [world, alice, bob] = story;
            for (const auto& line : numbered("line", 40)) {
                bob.says(alice, line + std::string(400, '.'));
            }
            QVERIFY(world.until([&] { return alice.texts().size() == 42; }));
            SeededRandom random(seed);
            std::uintmax_t size = 0;
            bool opens = true;
            try {
                alice.whileClosed([&](const std::filesystem::path& directory) {
                    const auto file = directory / "history.db";
                    std::string bytes = readAll(file);
                    size = bytes.size();
                    for (int i = 0; i < 4; ++i) { // not the first page: that one is a wrong key
                        const std::size_t page = 1 + random.below(bytes.size() / 4096 - 1);
                        for (std::size_t k = 0; k < 64; ++k) {
                            bytes[page * 4096 + 1000 + k] ^= 0x5A;
                        }
                    }
                    writeAll(file, bytes);
                });
            } catch (const std::exception&) {
                opens = false; // refused at the door: Profile::open said why
            }
            if (!opens) {
                QVERIFY(alice.isClosed());
                continue;
            }
            // Everything answers with a value; the link ends and comes back, or stays away with a reason.
            bob.says(alice, "into the damage");
            world.pass(minutes(3));
            static_cast<void>(alice.client().status());
            static_cast<void>(alice.client().contacts());
            static_cast<void>(alice.client().conversations());
            static_cast<void>(alice.client().storedAfter({}, 100));
            static_cast<void>(alice.client().alarms());
            static_cast<void>(alice.client().account());
            static_cast<void>(alice.client().contactLink());
            static_cast<void>(alice.client().isSettled());
            for (const auto& entry : alice.client().conversations()) {
                static_cast<void>(alice.client().history(entry.key, {}, core::PageDirection::Older, 100));
                const auto sent = alice.client().sendText(entry.key, "hello");
                QVERIFY(sent || sent.error().code != FailureCode::DiskFull);
            }
            world.pass(minutes(3));
            // The relay still has what was not received, and no new profile took the old one's place.
            QVERIFY(alice.profile().identity());
        }
    }
};

QTEST_GUILESS_MAIN(TestAttacksMessages)
#include "test_attacks_messages.moc"
