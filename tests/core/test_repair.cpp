// SPDX-License-Identifier: GPL-3.0-or-later
// What cannot be read is asked for again and lands in its place; sessions that no longer fit are replaced.
#include "core/types/cause.h"
#include "tests/support/forger.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::MessageKind;
using core::PlaceholderCause;
namespace pb = sotto::wire::pb;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Alice and Bob, whose ratchets have turned a few times.
struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    Talking() {
        alice.knows(bob);
        exchange("before");
    }
    /// Each says something that arrives.
    void exchange(const std::string& words) {
        for (auto [from, to] : {std::pair(&bob, &alice), std::pair(&alice, &bob)}) {
            const std::size_t had = to->textsFrom(from->name()).size();
            from->says(*to, words + ", " + from->name());
            if (!world.until(
                    [&, from = from, to = to] { return to->textsFrom(from->name()).size() == had + 1; })) {
                throw std::runtime_error(from->name() + " is not heard");
            }
            world.pass(seconds(5));
        }
    }
    /// Counts what Alice's client asks of the relay.
    void count() {
        world.toRelay = eachFrame([this](Person& person, pb::Frame& frame) {
            if (&person == &alice) {
                bundlesAsked += frame.has_fetch_bundles() ? 1 : 0;
            }
        });
    }
    /// From here on the relay changes the rows of Bob's messages on their way to Alice, once each.
    void change(std::function<void(pb::Row&)> how) {
        world.toClient = eachFrame([this, how = std::move(how)](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == pb::DURABLE && changed < mostChanged) {
                        ++changed;
                        how(row);
                    }
                }
            }
        });
    }
    bool healed() {
        return world.until(
            [&] {
                return alice.client().status().placeholders == 0 && bob.client().status().placeholders == 0 &&
                       alice.texts() == bob.texts();
            },
            minutes(20));
    }
    int bundlesAsked = 0;
    int changed = 0;
    int mostChanged = 1'000'000;
};

using Sessions = std::vector<std::pair<Bytes, Bytes>>;
Sessions sessionsOf(Person& person) {
    Sessions sessions;
    for (auto rows = person.profile().database().query("SELECT account, record FROM session"); rows.next();) {
        sessions.emplace_back(rows.blob(0), rows.blob(1));
    }
    return sessions;
}
void restore(Person& person, const Sessions& sessions) {
    for (const auto& [account, record] : sessions) {
        person.profile().database().run("UPDATE session SET record = ? WHERE account = ?", record, account);
    }
}

} // namespace

class TestRepair : public QObject {
    Q_OBJECT
private slots:
    void everyCauseHasItsWords() {
        std::set<std::string_view> reasons;
        for (int i = 1; i <= static_cast<int>(PlaceholderCause::AuthorHasNot); ++i) {
            const core::CauseText text = core::textOf(static_cast<PlaceholderCause>(i));
            QVERIFY(!text.reason.empty() && text.sentence.ends_with('.') && text.action.ends_with('.'));
            QVERIFY(reasons.insert(text.reason).second);
        }
    }
    void aMessageThatCannotBeReadComesAgainInItsPlace_data() {
        QTest::addColumn<PlaceholderCause>("cause");
        QTest::addColumn<std::function<void(Talking&)>>("happens");
        using Act = std::function<void(Talking&)>;
        QTest::newRow("unknown session")
            << PlaceholderCause::UnknownSession
            << Act([](Talking& story) { story.alice.profile().database().run("DELETE FROM session"); });
        QTest::newRow("damaged session") << PlaceholderCause::UnknownSession << Act([](Talking& story) {
            story.alice.profile().database().run("UPDATE session SET record = x'0102'");
        });
        QTest::newRow("broken MAC") << PlaceholderCause::Undecryptable << Act([](Talking& story) {
            story.mostChanged = 1;
            story.change([](pb::Row& row) { row.mutable_header()->at(200) ^= 1; });
        });
        QTest::newRow("payload missing") << PlaceholderCause::PayloadMissing << Act([](Talking& story) {
            story.mostChanged = 1;
            story.change([](pb::Row& row) { row.clear_payload(); });
        });
        QTest::newRow("too far ahead") << PlaceholderCause::TooFarAhead << Act([](Talking& story) {
            Forger forger(story.world, story.bob);
            const auto content = forger.text(story.alice, "never sent", 50);
            for (int i = 0; i < 2'001; ++i) {
                forger.row(story.alice, content);
            }
        });
    }
    void aMessageThatCannotBeReadComesAgainInItsPlace() {
        QFETCH(PlaceholderCause, cause);
        QFETCH(std::function<void(Talking&)>, happens);
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        happens(story);
        story.count();
        const auto one = bob.says(alice, "one");
        QVERIFY(world.until([&] { return placeholdersOf(alice) == std::vector{cause}; }));
        const auto line = alice.history("bob").back();
        bob.says(alice, "two");
        QVERIFY(story.healed());
        const auto lines = alice.history("bob");
        QCOMPARE(lines.size(), std::size_t{4});
        QCOMPARE(lines[2].id, one.id);
        QCOMPARE(lines[2].text, std::string("one"));
        QCOMPARE(lines[2].stamp, line.stamp);
        QVERIFY(lines[2].key > line.key);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0);
        QVERIFY(asked <= 1);
        QCOMPARE(asked, core::needsNewSession(cause) ? 1 : 0);
        // Both go on as if nothing had been, and nothing is asked for any more.
        story.exchange("after");
        world.pass(hours(3));
        story.exchange("much later");
        QVERIFY(asked <= 1);
        QCOMPARE(alice.client().status().gaps, 0);
        QVERIFY(!hasAlarm(alice, "used an encryption key twice"));
    }
    void aRepairThatCannotBeReadIsRepairedInThePlaceOfTheFirst() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        most = 2;
        story.change([](pb::Row& row) { row.mutable_header()->at(200) ^= 1; });
        const auto one = bob.says(alice, "one");
        // The message, and then what is sent for it: two lines that stand for one.
        QVERIFY(world.until([&] { return placeholdersOf(alice).size() == 2; }));
        QVERIFY(story.healed());
        const auto lines = alice.history("bob");
        QCOMPARE(lines.size(), std::size_t{3});
        QCOMPARE(lines[2].id, one.id);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0);
        QCOMPARE(bob.client().status().resendsHeld, 0);
    }
    // A relay whose clock was set back stamps today's mail with a time when Alice's device did not exist.
    void whatLooksOlderThanThisDeviceIsAskedForLikeAllElse() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        alice.profile().database().run("DELETE FROM session");
        most = 1;
        story.change([](pb::Row& row) { row.set_stamp(row.stamp() - (std::uint64_t{3'600'000} << 16U)); });
        const auto one = bob.says(alice, "one");
        QVERIFY(
            world.until([&] { return placeholdersOf(alice) == std::vector{PlaceholderCause::LinkedLater}; }));
        QVERIFY(story.healed());
        QCOMPARE(alice.history("bob").back().id, one.id);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0);
    }
    void aOneTimeKeyThatIsGoneIsNoLoss() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.goOffline();
        bob.says(alice, "first");
        bob.says(alice, "second");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        alice.profile().database().run("DELETE FROM one_time_prekey");
        alice.goOnline();
        QVERIFY(world.until(
            [&] { return placeholdersOf(alice) == std::vector(2, PlaceholderCause::PrekeyGone); }));
        QVERIFY(world.until([&] { return alice.texts() == Lines({"first", "second"}); }));
        QCOMPARE(alice.client().status().placeholders, 0);
    }
    void sessionsThatNoLongerFitHeal_data() {
        QTest::addColumn<bool>("ofAlice");
        QTest::addColumn<bool>("ofBob");
        QTest::addColumn<bool>("isRollback");
        QTest::newRow("one deleted") << true << false << false;
        QTest::newRow("the other deleted") << false << true << false;
        QTest::newRow("both deleted") << true << true << false;
        QTest::newRow("one rolled back") << true << false << true;
        QTest::newRow("the other rolled back") << false << true << true;
        QTest::newRow("both rolled back") << true << true << true;
    }
    void sessionsThatNoLongerFitHeal() {
        QFETCH(bool, ofAlice);
        QFETCH(bool, ofBob);
        QFETCH(bool, isRollback);
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        const auto ofAliceBefore = sessionsOf(alice);
        const auto ofBobBefore = sessionsOf(bob);
        story.exchange("in between");
        story.exchange("and again");
        for (auto [person, sessions, is] :
             {std::tuple(&alice, &ofAliceBefore, ofAlice), std::tuple(&bob, &ofBobBefore, ofBob)}) {
            if (is && isRollback) {
                restore(*person, *sessions);
            } else if (is) {
                person->profile().database().run("DELETE FROM session");
            }
        }
        story.count();
        for (int i = 0; i < 3; ++i) {
            bob.says(alice, "bob " + std::to_string(i));
            alice.says(bob, "alice " + std::to_string(i));
        }
        QVERIFY(world.until(
            [&] { return alice.textsFrom("bob").size() == 6 && bob.textsFrom("alice").size() == 6; },
            minutes(20)));
        QVERIFY(story.healed());
        QVERIFY(asked <= 2);
        story.exchange("at last");
        world.pass(hours(26));
        QVERIFY(asked <= 2);
        QCOMPARE(alice.client().status().gaps, 0);
    }
    void whatNobodyCanHelpWithIsNotAskedFor() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        int sent = 0;
        Forger forger(world, bob);
        pb::Row newer = forger.row(alice, forger.text(alice, "newer", 9));
        newer.mutable_header()->at(0) = 9;
        pb::Row contradicting = forger.row(alice, forger.text(alice, "not so", 9),
                                           [](auto& header) { header.recipientDevice = {}; });
        world.inject(alice, {newer, contradicting});
        QCOMPARE(placeholdersOf(alice),
                 (std::vector{PlaceholderCause::NewerFormat, PlaceholderCause::Mismatch}));
        world.toRelay = eachFrame(
            [&](Person& person, pb::Frame& frame) { sent += &person == &alice && frame.has_send() ? 1 : 0; });
        world.pass(hours(7));
        QCOMPARE(sent, 0);
    }
    void aRelayThatBreaksEverythingGetsOneNewSessionAnHour() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        story.count();
        story.change([](pb::Row& row) { row.mutable_header()->at(200) ^= 1; });
        int sent = 0;
        const auto counting = world.toRelay;
        world.toRelay = [&, counting](Person& person, const pb::Packet& packet) {
            for (const auto& frame : packet.frames()) {
                sent += &person == &alice && frame.has_send() ? 1 : 0;
            }
            return counting(person, packet);
        };
        constexpr int kHours = 5;
        for (int i = 0; i < kHours * 20; ++i) {
            bob.says(alice, "line " + std::to_string(i));
            world.pass(minutes(3));
        }
        QVERIFY(asked <= kHours + 1);
        QVERIFY2(sent <= 3 * kHours * 20, qPrintable(QString::number(sent)));
        world.toClient = nullptr;
        // Each message was sent five times at most.
        auto most5 =
            bob.profile().database().query("SELECT count(*) c FROM resend GROUP BY send ORDER BY c DESC");
        QVERIFY(most5.next());
        QVERIFY(most5.integer(0) <= 5);
        QVERIFY(count(bob, "SELECT count(*) FROM resend") <= 50);
        // By junk alone a relay makes nobody ask Bob anything.
        QCOMPARE(bob.client().status().resendsHeld, 0);
    }
    void beyondFiftyADayTheUserIsAsked() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        most = 60;
        story.change([](pb::Row& row) { row.clear_payload(); });
        for (int i = 0; i < 60; ++i) {
            bob.says(alice, "line " + std::to_string(i));
        }
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 51; }, minutes(5)));
        world.pass(minutes(5));
        QCOMPARE(alice.client().status().placeholders, 10);
        QCOMPARE(bob.client().status().resendsHeld, 10);
        const auto notices = bob.history("alice");
        QVERIFY(std::any_of(notices.begin(), notices.end(), [](const auto& line) {
            return line.kind == MessageKind::Notice &&
                   line.detail.find("conv resend @alice") != std::string::npos;
        }));
        bob.crash();
        QCOMPARE(*bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Send), 10);
        QCOMPARE(bob.client().status().resendsHeld, 0);
        QVERIFY(world.until([&] { return alice.client().status().placeholders == 0; }, minutes(5)));
        QCOMPARE(alice.textsFrom("bob").size(), std::size_t{61});
        QCOMPARE(alice.textsFrom("bob"), [&] {
            Lines said;
            for (const auto& line : bob.history("alice")) {
                if (line.kind == MessageKind::Text && line.outgoing) {
                    said.push_back(line.text);
                }
            }
            return said;
        }());
    }
    void whatIsConfirmedGoesOnlyIfTheUserSaysSo() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        Forger forger(world, alice);
        // Alice's keys in other hands ask for what Alice has confirmed.
        core::Content request = forger.text(bob, "", 0);
        request.body =
            core::ResendRequestBody{{}, {{request.conversation, bob.address().device, 1, 1, 1}}, false};
        world.inject(bob, {forger.row(bob, request)});
        QCOMPARE(bob.client().status().resendsHeld, 1);
        QCOMPARE(count(bob, "SELECT count(*) FROM outbox"), 0);
        QCOMPARE(*bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Drop), 1);
        world.pass(minutes(10));
        QCOMPARE(count(bob, "SELECT count(*) FROM resend"), 0);
    }
    void nobodyAsksForWhatWasMeantForOthers() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        Person& mallory = world.person("mallory");
        bob.knows(mallory);
        mallory.says(bob, "hello");
        QVERIFY(world.until([&] { return bob.textsFrom("mallory").size() == 1; }));
        alice.goOffline();
        const auto secret = bob.says(alice, "for alice only");
        QVERIFY(world.until([&] { return bob.stateOf(secret) == core::MessageState::Sent; }));
        auto rows = bob.profile().database().query(
            "SELECT n.send_id, h.bytes FROM send s JOIN send_name n ON n.send = s.id "
            "JOIN send_header h ON h.id = s.id * 1024 JOIN message m ON m.id = s.message WHERE m.text = 'for "
            "alice only'");
        QVERIFY(rows.next());
        Forger forger(world, mallory);
        core::Content request = forger.text(bob, "", 0);
        // By the frame's name, by its number in the other conversation, and in this one.
        request.body = core::ResendRequestBody{
            {{rows.fixed<SendId>(0), headerHash(rows.blob(1))}},
            {{core::directConversationId(alice.address().account, bob.address().account),
              bob.address().device, 1, 1, 9},
             {request.conversation, bob.address().device, 1, 1, 9}},
            true};
        rows.next();
        world.inject(bob, {forger.row(bob, request)});
        world.pass(minutes(10));
        QCOMPARE(bob.client().status().resendsHeld, 0);
        QCOMPARE(count(bob, "SELECT count(*) FROM resend WHERE send > 0"), 0);
        QVERIFY(mallory.textsFrom("bob").empty());
    }
    void beyondTheLimitMailIsCountedAndStillComesWhenItCan() {
        Talking story;
        auto& [world, alice, bob, asked, changed, most] = story;
        Forger forger(world, bob);
        auto junk = forger.row(alice, forger.text(alice, "junk", 20));
        for (int i = 0; i < core::MailboxStore::kMaxKeptRows + 7; ++i) {
            junk.mutable_header()->at(200) = static_cast<char>(i);
            junk.mutable_header()->at(201) = static_cast<char>(i >> 8);
            world.inject(alice, {junk});
        }
        QCOMPARE(alice.client().status().placeholders, core::MailboxStore::kMaxKeptRows);
        QVERIFY(alice.client().status().refused >= 6);
        // Bob never sent it: nothing comes, and honest mail is not held up.
        story.exchange("still");
    }
};

QTEST_GUILESS_MAIN(TestRepair)
#include "test_repair.moc"
