// SPDX-License-Identifier: GPL-3.0-or-later
// Floods, lies about positions, and what a relay sees. Numbers are those of docs/SECURITY.md.
#include "tests/core/talking.h"
#include "tests/support/folder.h"

using namespace sotto;
using namespace sotto::test;
using core::PlaceholderCause;
using std::chrono::minutes;
namespace pb = wire::pb;

class TestAttacksMailbox : public QObject {
    Q_OBJECT
private slots:
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
    /// What shows nothing to its reader is confirmed by nothing: nobody learns from it who is online.
    void case34_nothingAnswersAContentThatShowsNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        int told = 0;
        world.toRelay = eachFrame(
            [&](Person& person, pb::Frame& frame) { told += &person == &bob && frame.has_send() ? 1 : 0; });
        Forger forger(world, alice);
        const auto unknown = [&] {
            return core::MessageName{alice.address(), world.random.next<MessageId>()};
        };
        std::vector<pb::Row> rows;
        for (std::uint64_t seq = 2; seq <= 30;) {
            for (const core::Body& body :
                 {core::Body(core::ReactionBody{unknown(), 1, "👍"}),
                  core::Body(core::EditBody{unknown(), 1, "x"}), core::Body(core::DeletionBody{unknown()}),
                  core::Body(core::TypingBody{true})}) {
                const bool isNumbered = !std::holds_alternative<core::TypingBody>(body);
                core::Content content = forger.text(bob, "", isNumbered ? seq++ : 0);
                content.body = body;
                rows.push_back(forger.row(bob, content));
            }
        }
        world.inject(bob, rows);
        world.pass(minutes(10));
        QCOMPARE(bob.client().status().placeholders, 0);
        QCOMPARE(told, 0);
        // Once for all that is seen, and a second or two later.
        const auto before = world.clock.steady();
        alice.says(bob, "seen");
        alice.says(bob, "and seen");
        QVERIFY(world.until([&] { return told > 0; }));
        QVERIFY(world.clock.steady() - before >= std::chrono::seconds(1));
        world.pass(minutes(1));
        QCOMPARE(told, 1);
    }
};

QTEST_GUILESS_MAIN(TestAttacksMailbox)
#include "test_attacks_mailbox.moc"
