// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile relay and contacts do to messages. Numbers are those of docs/SECURITY.md.
#include "core/messaging/content.pb.h"
#include "tests/core/talking.h"
#include "tests/crypto/small_order.h"

using namespace sotto;
using namespace sotto::test;
using core::MessageState;
using core::PlaceholderCause;
using std::chrono::minutes;
namespace pb = wire::pb;

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
};

QTEST_GUILESS_MAIN(TestAttacksMessages)
#include "test_attacks_messages.moc"
