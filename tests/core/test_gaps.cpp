// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile or broken relay keeps back is noticed, said, asked for and filled in.
#include "tests/support/forger.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::MessageKind;
using core::NumberRange;
using core::PlaceholderCause;
namespace pb = sotto::wire::pb;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Alice and Bob, who have each said something and know it arrived.
struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    Talking() {
        alice.knows(bob);
        bob.says(alice, "from bob");
        if (!world.until([&] { return alice.textsFrom("bob").size() == 1; })) {
            throw std::runtime_error("bob's first message did not arrive");
        }
        const auto answer = alice.says(bob, "from alice");
        if (!world.until([&] { return alice.stateOf(answer) == core::MessageState::Delivered; })) {
            throw std::runtime_error("alice's answer did not arrive");
        }
        world.pass(seconds(5));
    }
    /// From here on the relay takes Bob's messages (not his receipts) and delivers something old instead.
    void letNothingThrough() {
        world.toRelay = eachFrame([this](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_send() && frame.send().class_() == pb::DURABLE) {
                swallowed.insert(frame.send().send_id());
            }
        });
        world.toClient = eachFrame([this](Person& person, pb::Frame& frame) {
            if (&person != &alice || !frame.has_deliver()) {
                return;
            }
            for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                if (swallowed.contains(row.send_id())) {
                    // The header of something old: known, so it is skipped without a word.
                    row.set_header(known.header());
                    row.set_send_id(known.send_id());
                    row.set_payload(known.payload());
                }
            }
        });
    }
    void letThrough() {
        world.toRelay = nullptr;
        world.toClient = nullptr;
    }
    void learnAnOldRow() {
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, true);
        bob.says(alice, "known");
        if (!world.until([&] { return alice.textsFrom("bob").size() == 2 && !rows.empty(); })) {
            throw std::runtime_error("no row was seen");
        }
        world.toClient = nullptr;
        known = rows.front();
    }
    std::set<std::string> swallowed;
    pb::Row known;
};

std::vector<core::Message> gapsOf(Person& person, const std::string& name) {
    auto lines = person.history(name);
    std::erase_if(lines, [](const auto& line) { return line.kind != MessageKind::Gap; });
    return lines;
}

std::vector<NumberRange> holesOf(Person& person) {
    std::vector<NumberRange> holes;
    const auto report = person.client().deliveryReport({}).value();
    for (const auto& chain : report.chains) {
        holes.insert(holes.end(), chain.holes.begin(), chain.holes.end());
    }
    return holes;
}

} // namespace

class TestGaps : public QObject {
    Q_OBJECT
private slots:
    void aHoleBecomesALineWithinFiveSecondsIsAskedForAndCloses() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        story.learnAnOldRow();
        story.letNothingThrough();
        bob.says(alice, "two");
        bob.says(alice, "three");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.pass(seconds(1));
        story.letThrough();
        // Her questions do not get through at first, so that the line can be looked at.
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send()) {
                frame.Clear();
            }
        });
        bob.says(alice, "four");
        QVERIFY(world.until([&] { return alice.texts().back() == "four"; }));
        QVERIFY(world.until([&] { return gapsOf(alice, "bob").size() == 1; }, seconds(5)));
        const auto line = gapsOf(alice, "bob").front();
        QCOMPARE(*line.numbers, (NumberRange{3, 4}));
        QCOMPARE(line.cause, PlaceholderCause::Missing);
        QCOMPARE(line.senderName, std::string("bob"));
        QCOMPARE(alice.client().status().gaps, 1);
        QCOMPARE(holesOf(alice), (std::vector{NumberRange{3, 4}}));
        // It stands right before the number that showed it.
        const auto lines = alice.history("bob");
        QCOMPARE(lines.back().text, std::string("four"));
        QCOMPARE(lines[lines.size() - 2].kind, MessageKind::Gap);
        world.toRelay = nullptr;
        QVERIFY(world.until([&] { return holesOf(alice).empty(); }, minutes(15)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "known", "two", "three", "four"}));
        QVERIFY(gapsOf(alice, "bob").empty());
        QCOMPARE(alice.client().status().gaps, 0);
        QVERIFY(!alice.saw<core::MessageRemoved>().empty());
        QCOMPARE(alice.client().status().placeholders, 0);
        // Bob's sends count as delivered, and the numbers go on.
        bob.says(alice, "five");
        QVERIFY(world.until([&] { return alice.texts().back() == "five"; }));
        QVERIFY(holesOf(alice).empty());
    }
    void whatIsOnlyOvertakenMakesNoLine() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        for (const char* words : {"two", "three", "four"}) {
            bob.says(alice, words);
        }
        QVERIFY(world.until([&] { return bob.client().status().queued == 0 && rows.size() >= 3; }));
        world.toClient = nullptr;
        std::reverse(rows.begin(), rows.end());
        for (auto& row : rows) {
            row.set_number(0);
            world.inject(alice, {row});
            world.pass(Milliseconds(500));
        }
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "two", "three", "four"}));
        world.pass(minutes(1));
        QVERIFY(gapsOf(alice, "bob").empty());
        QCOMPARE(count(alice, "SELECT count(*) FROM gap"), 0);
        for (const auto& added : alice.saw<core::MessageAdded>()) {
            QVERIFY(added.message.kind != MessageKind::Gap);
        }
    }
    void aHoleSurvivesRestartsAndIsAskedForAgain() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        story.learnAnOldRow();
        story.letNothingThrough();
        bob.says(alice, "two");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.pass(seconds(1));
        story.letThrough();
        bob.says(alice, "three");
        QVERIFY(world.until([&] { return alice.texts().back() == "three"; }));
        alice.crash(); // before there is a line
        bob.goOffline();
        QVERIFY(world.until([&] { return gapsOf(alice, "bob").size() == 1; }, seconds(30)));
        alice.crash();
        QCOMPARE(gapsOf(alice, "bob").size(), std::size_t{1});
        world.pass(minutes(30));
        bob.goOnline();
        QVERIFY(world.until([&] { return holesOf(alice).empty(); }, minutes(15)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "known", "two", "three"}));
    }
    void aDroppedTailShowsByTheHeads() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        story.learnAnOldRow();
        story.letNothingThrough();
        bob.says(alice, "the last words");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.pass(seconds(1));
        story.letThrough();
        world.pass(minutes(5));
        QVERIFY(holesOf(alice).empty()); // nothing tells her
        // A day later Alice's device says how far it is, Bob's answers, and she sees what is missing.
        world.pass(std::chrono::hours(25));
        QVERIFY(
            world.until([&] { return !gapsOf(alice, "bob").empty() || alice.textsFrom("bob").size() == 3; },
                        minutes(15)));
        // It is more than a day old by now: Bob is asked first.
        QVERIFY(world.until([&] { return bob.client().status().resendsHeld == 1; }, minutes(15)));
        QCOMPARE(*bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Send), 1);
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 3; }, minutes(5)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "known", "the last words"}));
        QVERIFY(gapsOf(alice, "bob").empty());
    }
    void whoAsksTwiceWithinAMinuteIsAnsweredTwice() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        int asked = 0;
        int answered = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            asked += &person == &alice && frame.has_send() ? 1 : 0;
            answered += &person == &bob && frame.has_send() ? 1 : 0;
        });
        // As a restored device does, and once more when it is restored again at once.
        for (int i = 1; i <= 2; ++i) {
            alice.profile().database().run(
                "INSERT INTO heads_wanted(account) SELECT id FROM account WHERE key = ?",
                bob.address().account);
            alice.goOffline();
            alice.goOnline();
            QVERIFY(world.until([&] { return asked == i; }, seconds(30)));
            world.pass(seconds(2));
        }
        QCOMPARE(answered, 1);
        QVERIFY(world.until([&] { return answered == 2; }, minutes(15)));
        world.pass(minutes(30));
        QCOMPARE(answered, 2);
    }
    void afterAHundredMessagesATurnGoesOut() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        int turns = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            turns += &person == &alice && frame.has_send() ? 1 : 0;
        });
        for (int i = 0; i < 98; ++i) {
            bob.says(alice, "line " + std::to_string(i));
        }
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 99; }));
        world.pass(seconds(10));
        const int before = turns; // receipts
        QCOMPARE(count(alice, "SELECT received FROM peer"), 99);
        bob.says(alice, "the hundredth");
        QVERIFY(world.until([&] { return count(alice, "SELECT received FROM peer") == 0; }));
        world.pass(seconds(10));
        QCOMPARE(turns, before + 2); // a receipt and the turn
        QVERIFY(world.until([&] { return count(bob, "SELECT seq FROM received_head") == 100; }));
        QCOMPARE(bob.client().status().placeholders, 0);
        QCOMPARE(bob.texts(), alice.texts());
    }
    void strangersGetNoTurnAndNoRequest() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        static_cast<void>(bob.client().addContact(alice.client().contactLink().value()));
        for (int i = 0; i < 110; ++i) {
            bob.says("alice", "line " + std::to_string(i));
        }
        QVERIFY(world.until([&] { return alice.texts().size() == 110; }));
        Forger forger(world, bob);
        world.inject(alice, {forger.row(alice, forger.text(alice, "far ahead", 200))});
        int sent = 0;
        world.toRelay = eachFrame(
            [&](Person& person, pb::Frame& frame) { sent += &person == &alice && frame.has_send() ? 1 : 0; });
        QVERIFY(world.until([&] { return gapsOf(alice, "bob").size() == 1; }, seconds(5)));
        world.pass(std::chrono::hours(30));
        QCOMPARE(sent, 0);
        // Answering is accepting: now they are asked.
        alice.says("bob", "who are you?");
        world.pass(minutes(30));
        QVERIFY(sent > 1);
    }
    void twoContentsUnderOneNumberRaiseAnAlarm() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        Forger forger(world, bob);
        world.inject(alice, {forger.row(alice, forger.text(alice, "another first", 1))});
        QVERIFY(hasAlarm(alice, "two different messages"));
        const auto report = alice.client().deliveryReport({}).value();
        QCOMPARE(report.chains.size(), std::size_t{1});
        QCOMPARE(report.chains.front().forks, std::vector<std::uint64_t>{1});
        alice.crash();
        QCOMPARE(alice.client().deliveryReport({})->chains.front().forks, std::vector<std::uint64_t>{1});
    }
    void aContentThatFollowsAnotherOneRaisesAnAlarm() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        Forger forger(world, bob);
        // Its previous is not the hash of what Bob said first.
        world.inject(alice, {forger.row(alice, forger.text(alice, "does not follow", 2))});
        QVERIFY(hasAlarm(alice, "two different messages"));
        QCOMPARE(alice.client().deliveryReport({})->chains.front().forks, std::vector<std::uint64_t>{2});
    }
    void numbersBelowTheBaseAreBeforeThisDevice() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        Forger forger(world, bob);
        auto content = forger.text(alice, "the fifth of another life", 5);
        content.generation = 7;
        world.inject(alice, {forger.row(alice, content, [](auto& header) { header.seqBase = 5; })});
        QVERIFY(holesOf(alice).empty());
        content = forger.text(alice, "the eighth", 8);
        content.generation = 7;
        world.inject(alice, {forger.row(alice, content, [](auto& header) { header.seqBase = 5; })});
        QCOMPARE(holesOf(alice), (std::vector{NumberRange{6, 7}}));
        const auto chains = alice.client().deliveryReport({}).value().chains;
        QCOMPARE(chains.back().base, std::uint64_t{5});
        // Bob never sent these: his client says so, and nobody is asked again.
        QVERIFY(world.until([&] {
            const auto gaps = gapsOf(alice, "bob");
            return gaps.size() == 1 && gaps.front().cause == PlaceholderCause::AuthorHasNot;
        }));
        QCOMPARE(alice.client().deliveryReport({})->chains.back().gone, (std::vector{NumberRange{6, 7}}));
        const auto asked = count(alice, "SELECT max(asked) FROM gap");
        world.pass(std::chrono::hours(48));
        QCOMPARE(count(alice, "SELECT max(asked) FROM gap"), asked);
    }
    void whatTheRelayCallsExpiredIsAClaimAndAskedForAnyway() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        bob.says(alice, "two");
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 2; }));
        world.pass(minutes(1));
        // The relay says of a fresh message that it expired.
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == pb::DURABLE) {
                        row.clear_header();
                        row.clear_payload();
                        row.set_expired(1);
                    }
                }
            }
        });
        bob.says(alice, "three");
        QVERIFY(world.until([&] { return alice.client().deliveryReport({})->claims.size() == 1; }));
        world.toClient = nullptr;
        QVERIFY(hasAlarm(alice, "expired which it should still have"));
        // Nothing else was said, but the heads show it.
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 3; }, minutes(30)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "two", "three"}));
        QVERIFY(holesOf(alice).empty());
    }
    void aRealExpiryIsShownAsTheRelaysWordAndRaisesNoAlarm() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        alice.goOffline();
        bob.says(alice, "lost");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        world.clock.setWall(world.clock.wall() + std::chrono::hours(24 * 31));
        world.pass(minutes(2));
        bob.says(alice, "still there");
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 2; }));
        QVERIFY(!hasAlarm(alice, "expired"));
        QVERIFY(world.until([&] { return gapsOf(alice, "bob").size() == 1; }, seconds(5)));
        QCOMPARE(gapsOf(alice, "bob").front().cause, PlaceholderCause::ClaimedExpired);
        // So old that Bob is asked.
        QVERIFY(world.until([&] { return bob.client().status().resendsHeld == 1; }, minutes(30)));
        QVERIFY(bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Send));
        QVERIFY(world.until([&] { return holesOf(alice).empty(); }, minutes(30)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "lost", "still there"}));
    }
    void aRestoredOrderIsTheSenders() {
        Talking story;
        auto& [world, alice, bob, swallowed, known] = story;
        story.learnAnOldRow();
        for (const char* words : {"a", "b", "c", "d", "e", "f"}) {
            if (std::string_view(words) == "b" || std::string_view(words) == "e") {
                story.letNothingThrough();
                bob.says(alice, words);
                QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
                world.pass(Milliseconds(200));
                story.letThrough();
            } else {
                bob.says(alice, words);
                alice.says(bob, std::string("after ") + words);
                world.pass(Milliseconds(200));
            }
        }
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 8; }, minutes(20)));
        QCOMPARE(alice.texts(), bob.texts());
        QVERIFY(holesOf(alice).empty());
    }
};

QTEST_GUILESS_MAIN(TestGaps)
#include "test_gaps.moc"
