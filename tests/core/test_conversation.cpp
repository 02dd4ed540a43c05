// SPDX-License-Identifier: GPL-3.0-or-later
// Stories of two people and a relay in one thread under a virtual clock.
#include "core/messaging/content.h"
#include "core/sync/connection.h"
#include "tests/support/world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::MessageState;

namespace {

Lines numbered(const std::string& word, int count) {
    Lines lines;
    for (int i = 1; i <= count; ++i) {
        lines.push_back(word + " " + std::to_string(i));
    }
    return lines;
}

} // namespace

class TestConversation : public QObject {
    Q_OBJECT
private slots:
    void aFirstMessageArrivesAndIsConfirmed() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        const auto hello = alice.says(bob, "hello");
        QCOMPARE(hello.state, MessageState::Queued);
        QVERIFY(world.until([&] { return bob.texts() == Lines{"hello"}; }));
        QVERIFY(world.until([&] { return alice.stateOf(hello) == MessageState::Delivered; }));
        bob.says(alice, "hello yourself");
        QVERIFY(world.until([&] { return alice.texts() == Lines({"hello", "hello yourself"}); }));
        QCOMPARE(bob.texts(), alice.texts());
    }
    void messagesSentWhileOfflineArriveOnceInOrder() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        bob.goOffline();
        for (const auto& line : numbered("while you were away", 120)) {
            alice.says(bob, line);
        }
        QVERIFY(world.until([&] { return alice.client().status().queued == 0; }));
        QVERIFY(bob.texts().empty());
        bob.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == 120; }));
        QCOMPARE(bob.texts(), numbered("while you were away", 120));
    }
    void whatHappensIsCounted() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.goOffline();
        const auto before = alice.client().status();
        alice.says(bob, "one");
        world.pass(std::chrono::seconds(90));
        const auto waiting = alice.client().status();
        QCOMPARE(waiting.queued, 1);
        QCOMPARE(unixMilliseconds(world.clock.wall()) - waiting.oldestQueuedAt.value(), 90'000);
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.client().status().counters.queuedToDelivered.count() == 1; }));
        const auto after = alice.client().status();
        QVERIFY(!after.oldestQueuedAt);
        QCOMPARE(after.counters.queuedToSent.counts().back(), 1U); // over a minute: nobody was there
        QCOMPARE(after.counters.logins, before.counters.logins + 1);
        // The same row again, by a relay that forgets what it has delivered.
        const auto counted = bob.client().status().counters;
        world.toClient = [&](Person& person, const wire::pb::Packet& packet) {
            const bool doubled = &person == &bob && packet.frames(0).has_deliver();
            return std::vector<wire::pb::Packet>(doubled ? 2 : 1, packet);
        };
        alice.says(bob, "two");
        QVERIFY(world.until([&] { return bob.client().status().counters.duplicates > counted.duplicates; }));
        QCOMPARE(bob.texts(), Lines({"one", "two"}));
        // A relay that falls silent is noticed, counted, and found again.
        world.toRelay = [&](Person&, const wire::pb::Packet&) { return std::vector<wire::pb::Packet>(); };
        alice.says(bob, "three");
        QVERIFY(world.until([&] { return alice.client().status().counters.unanswered == 1; }));
        world.toRelay = {};
        world.toClient = {};
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
    }
    void underPressureReceiptsAreLateAndTextsAreNot() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        world.pass(std::chrono::seconds(10));
        std::uint32_t pressure = core::Connection::kLateReceipts;
        world.toClient = [&](Person&, wire::pb::Packet packet) {
            packet.add_frames()->mutable_notice()->set_pressure(pressure);
            return std::vector<wire::pb::Packet>{packet};
        };
        alice.says(bob, "brings the news, and still owes a prompt receipt");
        world.pass(std::chrono::seconds(5));
        for (int i = 0; i < 5; ++i) {
            const auto message = alice.says(bob, "in the rush");
            QVERIFY(world.until([&] { return bob.texts().size() == 3U + static_cast<unsigned>(i); },
                                std::chrono::seconds(1)));
            QVERIFY(alice.stateOf(message) == MessageState::Sent);
        }
        const auto last = alice.says(bob, "the last");
        QVERIFY(!world.until([&] { return alice.stateOf(last) == MessageState::Delivered; },
                             core::Connection::kLateReceiptDelay - std::chrono::seconds(6)));
        QVERIFY(world.until([&] { return alice.stateOf(last) == MessageState::Delivered; },
                            2 * core::Connection::kLateReceiptDelay));
        pressure = 0;
        alice.says(bob, "the rush is over");
        world.pass(2 * core::Connection::kLateReceiptDelay);
        const auto prompt = alice.says(bob, "see");
        QVERIFY(world.until([&] { return alice.stateOf(prompt) == MessageState::Delivered; },
                            3 * core::Connection::kReceiptDelay));
    }
    void aRefusedMessageIsNotPassedByALaterOne() {
        relay::Limits limits;
        limits.bytesPerSecond = 1'000;
        limits.bytesBurst = 20'000;
        World world(limits);
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "first contact");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        world.pass(std::chrono::minutes(1));
        // Written at once: the second of the large ones is over the limit, and what follows would fit.
        const Lines sent = {"first contact", std::string(12'000, 'a'), std::string(12'000, 'b'), "c", "d"};
        alice.goOffline();
        for (std::size_t i = 1; i < sent.size(); ++i) {
            alice.says(bob, sent[i]);
        }
        alice.goOnline();
        bool inOrder = true;
        QVERIFY(world.until([&] {
            const Lines there = bob.texts();
            inOrder = inOrder && std::equal(there.begin(), there.end(), sent.begin());
            return there.size() == sent.size();
        }));
        QVERIFY(inOrder);
        QCOMPARE(bob.texts(), sent);
    }
    void aListThatCouldNotBeKeptCostsNoMail() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()));
        db::Database& database = bob.profile().database();
        database.execute("CREATE TEMP TRIGGER broken BEFORE INSERT ON device_list "
                         "BEGIN SELECT RAISE(ABORT, 'broken'); END");
        alice.says(bob, "hello");
        QVERIFY(world.until([&] { return bob.client().link().state == core::LinkState::Offline; }));
        database.execute("DROP TRIGGER broken");
        QVERIFY(world.until([&] { return bob.texts() == Lines({"hello"}); }));
    }
    void whatIsWrittenOfflineGoesOutOnce() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.goOffline();
        alice.says(bob, "one");
        alice.says(bob, "two");
        alice.crash();
        world.pass(std::chrono::minutes(10));
        QVERIFY(bob.texts().empty());
        alice.goOnline();
        QVERIFY(world.until([&] { return bob.texts() == Lines({"one", "two"}); }));
    }
    void aConversationSurvivesCrashesOfEverybody() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        for (int i = 1; i <= 60; ++i) {
            alice.says(bob, "from alice " + std::to_string(i));
            bob.says(alice, "from bob " + std::to_string(i));
            world.pass(Milliseconds(i % 23));
            switch (i % 6) {
            case 0:
                alice.crash();
                break;
            case 2:
                bob.crash();
                break;
            case 4:
                world.crashRelay();
                break;
            default:
                break;
            }
        }
        const auto complete = [&] {
            return alice.textsFrom("bob") == numbered("from bob", 60) &&
                   bob.textsFrom("alice") == numbered("from alice", 60);
        };
        QVERIFY(world.until(complete, std::chrono::minutes(10)));
        QCOMPARE(alice.texts(), bob.texts());
        QCOMPARE(alice.client().status().placeholders, 0);
    }
    void aDuplicatedAndDelayedPacketChangesNothing() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        std::vector<wire::pb::Packet> old;
        world.toClient = [&](Person&, const wire::pb::Packet& packet) {
            old.push_back(packet);
            // Everything twice, and something from earlier on top; answers too.
            return std::vector{packet, old[old.size() / 2], packet};
        };
        for (const auto& line : numbered("again", 30)) {
            alice.says(bob, line);
            world.pass(Milliseconds(3));
        }
        world.pass(std::chrono::seconds(5));
        world.toClient = nullptr;
        QVERIFY(world.until([&] { return bob.texts() == numbered("again", 30); }));
        world.pass(std::chrono::seconds(30));
        QCOMPARE(bob.texts(), numbered("again", 30));
        QCOMPARE(bob.client().status().placeholders, 0);
    }
    void theSameIdIsSentOnce() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        const auto conversation = alice.client().conversationWith(alice.contact("bob").key).value();
        core::SendOptions options;
        options.id = world.random.next<MessageId>();
        const auto first = alice.client().sendText(conversation, "once", options).value();
        const auto second = alice.client().sendText(conversation, "something else", options).value();
        QCOMPARE(first.key, second.key);
        QCOMPARE(second.text, std::string("once"));
        QVERIFY(world.until([&] { return bob.texts() == Lines{"once"}; }));
    }
    void aStrangerIsAnsweredWithNothing() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        static_cast<void>(alice.client().addContact(bob.client().contactLink().value()));
        const auto hello = alice.says("bob", "you do not know me");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        QVERIFY(!bob.contact("alice").accepted);
        world.pass(std::chrono::minutes(5));
        QCOMPARE(alice.stateOf(hello), MessageState::Sent);
        // Answering is accepting.
        bob.says("alice", "now I do");
        QVERIFY(bob.contact("alice").accepted);
        const auto more = alice.says("bob", "good");
        QVERIFY(world.until([&] { return alice.stateOf(more) == MessageState::Delivered; }));
    }
    void mailFromAStrangerWaitsWhileTheRelayRefusesToLookThemUp() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        int refusals = 0;
        world.toClient = [&](Person& person, const wire::pb::Packet& packet) {
            wire::pb::Packet altered = packet;
            for (auto& frame : *altered.mutable_frames()) {
                if (&person == &bob && frame.has_lists() && refusals < 3) {
                    ++refusals;
                    frame.mutable_error()->set_code(wire::pb::RATE_LIMITED);
                    frame.mutable_error()->set_retry_after_ms(7'000);
                }
            }
            return std::vector{altered};
        };
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()));
        alice.says("bob", "who am I?");
        QVERIFY(world.until([&] { return bob.texts() == Lines{"who am I?"}; }));
        QCOMPARE(refusals, 3);
    }
    void aLostAnswerAndANewerListStillGiveTheEarlierAnswer() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "one");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        std::optional<wire::pb::Frame> sent;
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            wire::pb::Packet altered = packet;
            for (auto& frame : *altered.mutable_frames()) {
                if (&person == &alice && frame.has_send() && frame.send().class_() == wire::pb::DURABLE) {
                    // The same bytes, but the sender has seen newer lists meanwhile: another reference.
                    if (sent) {
                        frame.mutable_send()->mutable_lists(0)->set_version(77);
                    }
                    sent = frame;
                }
            }
            return std::vector{altered};
        };
        world.toClient = [&](Person& person, const wire::pb::Packet& packet) {
            for (const auto& frame : packet.frames()) {
                if (&person == &alice && frame.has_stored()) {
                    world.toClient = nullptr;
                    person.goOffline();
                    return std::vector<wire::pb::Packet>();
                }
            }
            return std::vector{packet};
        };
        const auto two = alice.says(bob, "two");
        QVERIFY(world.until([&] { return bob.texts().size() == 2; }));
        QCOMPARE(alice.stateOf(two), MessageState::Encrypted);
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.stateOf(two) == MessageState::Delivered; }));
        QCOMPARE(bob.texts(), Lines({"one", "two"}));
    }
    void readingIsConfirmedAndUnreadCounts() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        const auto one = alice.says(bob, "one");
        const auto two = alice.says(bob, "two");
        QVERIFY(world.until([&] { return bob.client().status().unread == 2; }));
        const auto history = bob.history("alice");
        QVERIFY(bob.client().markRead(history[0].conversation, history[0].key));
        QCOMPARE(bob.client().status().unread, 1);
        QVERIFY(world.until([&] { return alice.stateOf(one) == MessageState::Read; }));
        QCOMPARE(alice.stateOf(two), MessageState::Delivered);
        QVERIFY(bob.client().markRead(history[1].conversation, history[1].key));
        QVERIFY(bob.client().markRead(history[0].conversation, history[0].key)); // never backwards
        QCOMPARE(bob.client().status().unread, 0);
        QVERIFY(world.until([&] { return alice.stateOf(two) == MessageState::Read; }));
    }
    void moreReceiptsThanOneContentHoldsGoOutTogether() {
        relay::Limits limits;
        limits.messagesBurst = limits.messagesPerSecond = 10'000;
        World world(limits);
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        bob.goOffline();
        std::vector<core::Message> sent;
        for (std::size_t i = 0; i < core::kMaxReceipts + 100; ++i) {
            sent.push_back(alice.says(bob, "one of many"));
        }
        bob.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == sent.size(); }));
        QVERIFY(world.until([&] {
            return std::all_of(sent.begin(), sent.end(), [&](const core::Message& message) {
                return alice.stateOf(message) == MessageState::Delivered;
            });
        }));
    }
    void aListThatDidNotFitIntoAnAnswerIsAskedForAgain() {
        World world;
        Person& alice = world.person("alice");
        alice.knows(world.person("bob"));
        alice.knows(world.person("carol"));
        world.pass(std::chrono::seconds(5));
        alice.goOffline();
        std::vector<int> asked;
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            for (const auto& frame : packet.frames()) {
                if (&person == &alice && frame.has_fetch_lists()) {
                    asked.push_back(frame.fetch_lists().accounts_size());
                }
            }
            return std::vector{packet};
        };
        world.toClient = [&](Person&, const wire::pb::Packet& packet) {
            wire::pb::Packet full = packet;
            for (auto& frame : *full.mutable_frames()) {
                if (frame.lists().lists_size() == 2) {
                    frame.mutable_lists()->mutable_lists()->RemoveLast();
                    for (int i = 0; i < 15; ++i) { // as if others had filled the packet
                        auto* other = frame.mutable_lists()->add_lists();
                        other->set_bytes(std::string(16'184, 'x'));
                        other->set_signature(std::string(64, 'x'));
                    }
                }
            }
            return std::vector{full};
        };
        alice.goOnline();
        QVERIFY(world.until([&] { return asked.size() == 2; }));
        QCOMPARE(asked[0], 2);
        QCOMPARE(asked[1], 1);
    }
    void aClockOffByYearsChangesNothingButItsDisplay() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        const WallTime right = world.clock.wall();
        for (const auto years : {-10, 10}) {
            world.clock.setWall(right + std::chrono::days(365 * years));
            alice.crash();
            alice.says(bob, "after " + std::to_string(years));
            QVERIFY(world.until([&] { return bob.texts().back() == "after " + std::to_string(years); }));
        }
        QCOMPARE(bob.texts(), Lines({"before", "after -10", "after 10"}));
    }
    void aLineOfOurOwnStandsWhereTheConversationEndsWhateverTheClock() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "one");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        world.clock.setWall(world.clock.wall() + std::chrono::days(3650));
        // The relay refuses one message for good; the client is told so in its history.
        world.toClient = [&](Person& person, const wire::pb::Packet& packet) {
            wire::pb::Packet altered = packet;
            for (auto& frame : *altered.mutable_frames()) {
                if (&person == &alice && frame.has_stored()) {
                    frame.mutable_error()->set_code(wire::pb::TOO_LARGE);
                }
            }
            return std::vector{altered};
        };
        const auto refused = alice.says(bob, "two");
        QVERIFY(world.until([&] { return alice.stateOf(refused) == MessageState::Failed; }));
        world.toClient = nullptr;
        world.clock.setWall(world.clock.wall() - std::chrono::days(3650));
        bob.says(alice, "three");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        alice.says(bob, "four");
        QVERIFY(world.until([&] { return alice.client().status().queued == 0; }));
        bob.says(alice, "five");
        QVERIFY(world.until([&] { return alice.texts().size() == 5; }));
        QCOMPARE(alice.texts(), Lines({"one", "two", "three", "four", "five"}));
    }
    void aMessageOverTheRelaysLimitFailsAloneAndTheNextGoes() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "one");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        // On its way the next one grows past what the relay takes.
        int greetings = 0;
        bool grown = false;
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            wire::pb::Packet altered = packet;
            for (auto& frame : *altered.mutable_frames()) {
                greetings += &person == &alice && frame.has_hello() ? 1 : 0;
                if (&person == &alice && frame.has_send() && !std::exchange(grown, true)) {
                    frame.mutable_send()->set_payload(std::string(wire::kMaxPayloadBytes + 1, 'x'));
                }
            }
            return std::vector{altered};
        };
        const auto large = alice.says(bob, "two");
        const auto next = alice.says(bob, "three");
        QVERIFY(world.until([&] { return alice.stateOf(next) == MessageState::Delivered; }));
        QVERIFY(grown);
        QCOMPARE(alice.stateOf(large), MessageState::Failed);
        QCOMPARE(greetings, 0); // on the same connection
        QCOMPARE(alice.client().status().queued, 0);
    }
    void aLinkToAnotherRelayOrToOneselfIsRefused() {
        World world;
        Person& alice = world.person("alice");
        auto link = alice.client().contactLink().value();
        QCOMPARE(alice.client().addContact(link).error().code, core::FailureCode::Invalid);
        link.account.value[0] ^= 1;
        link.relay.relay.value[0] ^= 1;
        QCOMPARE(alice.client().addContact(link).error().code, core::FailureCode::Invalid);
    }
    void aTakenNameAndAUsedInviteAreRefusedAndCanBeMended() {
        World world;
        world.person("alice");
        Person& visitor = world.visitor("second");
        const auto invite = world.joinLink();
        QVERIFY(visitor.client().createAccount("alice", invite));
        visitor.client().start();
        QVERIFY(world.until([&] { return visitor.saw<core::RegistrationRefused>().size() == 1; }));
        QVERIFY(!visitor.client().account()->registered);
        QVERIFY(visitor.client().createAccount("another", invite));
        visitor.client().start();
        QVERIFY(world.until([&] { return visitor.client().account()->registered; }));
        QCOMPARE(visitor.client().account()->name, std::string("another"));

        Person& third = world.visitor("third");
        QVERIFY(third.client().createAccount("third", invite));
        third.client().start();
        QVERIFY(world.until([&] { return third.saw<core::RegistrationRefused>().size() == 1; }));
    }
    void registrationSurvivesALostAnswer() {
        World world;
        Person& visitor = world.visitor("alice");
        bool cut = false;
        world.toClient = [&](Person& person, const wire::pb::Packet& packet) {
            for (const auto& frame : packet.frames()) {
                if (frame.has_registered() && !std::exchange(cut, true)) {
                    person.goOffline();
                    return std::vector<wire::pb::Packet>();
                }
            }
            return std::vector{packet};
        };
        QVERIFY(visitor.client().createAccount("alice", world.joinLink()));
        visitor.client().start();
        QVERIFY(world.until([&] { return cut; }));
        visitor.goOnline();
        QVERIFY(world.until([&] { return visitor.client().link().state == core::LinkState::Drained; }));
        QVERIFY(visitor.client().account()->registered);
    }
    void twoProcessesAsOneDeviceTheNewerWins() {
        World world;
        Person& alice = world.person("alice");
        // The relay tells the older connection of the same device to go.
        world.toRelay = nullptr;
        wire::pb::Frame error;
        error.mutable_error()->set_code(wire::pb::REPLACED);
        alice.client().onPacket(wire::encodeFrame(error));
        QCOMPARE(alice.client().link().state, core::LinkState::Stopped);
        world.pass(std::chrono::minutes(5));
        QCOMPARE(alice.client().link().state, core::LinkState::Stopped);
    }
};

QTEST_GUILESS_MAIN(TestConversation)
#include "test_conversation.moc"
