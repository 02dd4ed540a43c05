// SPDX-License-Identifier: GPL-3.0-or-later
// A relay that was restored from an older copy is noticed at the first connect, and what clients still hold
// is handed in again; what only crashed is no rollback.
#include "tests/support/forger.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sotto;
using namespace sotto::test;
namespace pb = sotto::wire::pb;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    QTemporaryDir copies;
    std::filesystem::path copy = copies.filePath("relay").toStdString();
    Talking() {
        alice.knows(bob);
        for (auto [from, to] : {std::pair(&bob, &alice), std::pair(&alice, &bob)}) {
            const auto said = from->says(*to, "from " + from->name());
            if (!world.until(
                    [&, from = from] { return from->stateOf(said) == core::MessageState::Delivered; })) {
                throw std::runtime_error(from->name() + " is not heard");
            }
        }
        world.pass(seconds(5));
    }
    void backUp() {
        world.stopRelay();
        std::filesystem::copy(world.relayDirectory(), copy, std::filesystem::copy_options::recursive);
        world.startRelay();
    }
    void restore(bool withNewEpoch) {
        world.stopRelay();
        std::filesystem::remove_all(world.relayDirectory());
        std::filesystem::copy(copy, world.relayDirectory(), std::filesystem::copy_options::recursive);
        if (withNewEpoch) {
            auto database = db::Database::open(world.relayDirectory() / "relay.db", {}).value();
            database.run("UPDATE relay SET epoch = ? WHERE id = 1", world.random.next<Epoch>());
        }
        world.startRelay();
    }
};

/// A copy of somebody's profile, as a backup or a thief makes it.
class Snapshot {
public:
    explicit Snapshot(Person& person) { take(person); }
    void take(Person& person) {
        person.whileClosed([&](const auto& directory) {
            std::filesystem::remove_all(m_copy);
            std::filesystem::copy(directory, m_copy, std::filesystem::copy_options::recursive);
        });
    }
    void restore(Person& person, bool databaseAlone) {
        person.whileClosed([&](const auto& directory) {
            if (databaseAlone) {
                for (const char* name : {"history.db", "history.db-wal", "history.db-shm"}) {
                    std::filesystem::remove(directory / name);
                }
                std::filesystem::copy(m_copy / "history.db", directory / "history.db");
                return;
            }
            std::filesystem::remove_all(directory);
            std::filesystem::copy(m_copy, directory, std::filesystem::copy_options::recursive);
        });
    }

private:
    QTemporaryDir m_home;
    std::filesystem::path m_copy = m_home.filePath("copy").toStdString();
};

} // namespace

class TestRollback : public QObject {
    Q_OBJECT
private slots:
    void whatARestoredRelayLostIsOfferedAgainInTheSameBytes_data() {
        QTest::addColumn<bool>("withNewEpoch");
        QTest::newRow("restored as it should be, with a new epoch") << true;
        QTest::newRow("its files were copied back") << false;
    }
    void whatARestoredRelayLostIsOfferedAgainInTheSameBytes() {
        QFETCH(bool, withNewEpoch);
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        story.backUp();
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        alice.goOffline();
        std::map<std::string, std::set<std::string>> offered;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_send()) {
                std::string bytes = frame.send().payload();
                for (const auto& header : frame.send().headers()) {
                    bytes += header.bytes();
                }
                offered[frame.send().send_id()].insert(bytes);
            }
        });
        for (const char* words : {"one", "two", "three"}) {
            bob.says(alice, words);
        }
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        const Lines before = bob.texts();
        story.restore(withNewEpoch);
        alice.goOnline();
        QVERIFY(world.until(
            [&] {
                return alice.textsFrom("bob") == Lines({"from bob", "one", "two", "three"});
            },
            minutes(5)));
        for (const auto& [id, bytes] : offered) {
            QCOMPARE(bytes.size(), std::size_t{1});
        }
        QCOMPARE(bob.texts(), before);
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(alice.client().status().gaps, 0);
        // It was the relay, and nobody else: the users are not alarmed. Without a new epoch Alice, who has
        // neither sent nor received since the copy, cannot tell whose state is the older one.
        QVERIFY(alice.saw<core::Alarm>().empty() || !withNewEpoch);
        QVERIFY(bob.saw<core::Alarm>().empty());
        bob.says(alice, "four");
        alice.says(bob, "five");
        QVERIFY(
            world.until([&] { return alice.texts().size() == 7 && bob.texts().size() == 7; }, minutes(5)));
        QCOMPARE(alice.texts(), bob.texts());
    }
    void newMessagesStayBehindWhatIsOfferedAgain() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        story.backUp();
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        alice.goOffline();
        bob.says(alice, "stored, then lost");
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }));
        bob.goOffline();
        bob.says(alice, "written while away");
        story.restore(true);
        bob.goOnline();
        QVERIFY(world.until([&] { return bob.client().status().queued == 0; }, minutes(5)));
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 3; }, minutes(5)));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "stored, then lost", "written while away"}));
        QCOMPARE(alice.client().status().gaps, 0);
        for (const auto& added : alice.saw<core::MessageAdded>()) {
            QVERIFY(added.message.kind != core::MessageKind::Gap);
        }
    }
    // ---- The client is restored ----

    void aRestoredProfileBeginsAnewBeforeItSends_data() {
        QTest::addColumn<bool>("databaseAlone");
        QTest::newRow("the whole directory") << false;
        QTest::newRow("history.db alone") << true;
    }
    void aRestoredProfileBeginsAnewBeforeItSends() {
        QFETCH(bool, databaseAlone);
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        Snapshot snapshot(bob);
        for (int i = 0; i < 3; ++i) {
            bob.says(alice, "lost at bob " + std::to_string(i));
            alice.says(bob, "said to the lost one " + std::to_string(i));
            world.pass(seconds(5));
        }
        const Lines before = alice.texts();
        QCOMPARE(before.size(), std::size_t{8});
        alice.goOffline();
        alice.says(bob, "under way");
        snapshot.restore(bob, databaseAlone);
        bob.says(alice, "from the restored one");
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.texts().size() == 10; }, minutes(10)));
        QCOMPARE(alice.texts().back(), std::string("from the restored one"));
        QVERIFY(hasAlarm(bob, "restored from an older copy"));
        QVERIFY(hasAlarm(alice, "began anew"));
        // No key was ever used twice, and nothing is unreadable for good.
        QVERIFY(!hasAlarm(alice, "used an encryption key twice"));
        QVERIFY(world.until(
            [&] {
                return bob.client().status().placeholders == 0 && alice.client().status().placeholders == 0;
            },
            minutes(20)));
        const auto report = alice.client().deliveryReport({}).value();
        QCOMPARE(report.chains.size(), std::size_t{2});
        QVERIFY(report.chains[0].holes.empty() && report.chains[1].holes.empty());
        QCOMPARE(report.chains[1].generation, std::uint64_t{2});
        // What Alice had said to the lost one was confirmed: she is asked, and it comes.
        QVERIFY(world.until([&] { return alice.client().status().resendsHeld == 3; }, minutes(20)));
        QVERIFY(alice.client().answerHeldResends(alice.contact("bob").key, core::HeldAnswer::Send));
        QVERIFY(world.until([&] { return bob.textsFrom("alice").size() == 5; }, minutes(5)));
        // And on they go, in one generation.
        alice.says(bob, "welcome back");
        bob.says(alice, "thank you");
        QVERIFY(world.until([&] { return alice.texts().size() == 12 && bob.texts().back() == "thank you"; },
                            minutes(5)));
        bob.crash();
        world.pass(minutes(1));
        QCOMPARE(count(bob, "SELECT value FROM setting WHERE name = 'generation'"), 2);
    }
    // The first that Bob ever said, and in an earlier life than the one in which he is asked.
    void whatBothLivedBeforeIsAskedForFromItsFirstNumber() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        world.pass(seconds(5));
        Snapshot alices(alice);
        bob.says(alice, "first");
        QVERIFY(world.until([&] { return alice.texts() == Lines({"first"}); }));
        world.pass(seconds(5));
        Snapshot bobs(bob);
        bob.says(alice, "in no copy");
        QVERIFY(world.until([&] { return alice.texts().size() == 2; }));
        world.pass(seconds(5));
        alices.restore(alice, false);
        bobs.restore(bob, false);
        QCOMPARE(alice.texts(), Lines());
        QVERIFY(world.until([&] { return bob.client().status().resendsHeld == 1; }, minutes(20)));
        QCOMPARE(alice.client().status().gaps, 1);
        QVERIFY(bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Send));
        QVERIFY(world.until([&] { return alice.texts() == Lines({"first"}); }, minutes(5)));
        QCOMPARE(alice.client().status().gaps, 0);
    }
    void whatWasFixedAndNeverStoredGoesOutOnceUnderItsId() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_send()) {
                frame.Clear();
            }
        });
        const auto message = bob.says(alice, "fixed");
        QVERIFY(world.until([&] { return bob.stateOf(message) == core::MessageState::Encrypted; }));
        Snapshot snapshot(bob);
        world.toRelay = nullptr;
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 2; }, minutes(5)));
        snapshot.restore(bob, false);
        QVERIFY(world.until([&] { return bob.stateOf(message) >= core::MessageState::Sent; }, minutes(5)));
        world.pass(minutes(1));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob", "fixed"}));
        QCOMPARE(alice.client().status().gaps, 0);
        QCOMPARE(alice.client().status().placeholders, 0);
    }
    void byTheRelaysWordAloneItHappensOnceADay() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        int sent = 0;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_welcome()) {
                frame.mutable_welcome()->add_disagreements(pb::GENERATION_UNKNOWN);
            }
        });
        world.toRelay = eachFrame(
            [&](Person& person, pb::Frame& frame) { sent += &person == &bob && frame.has_send() ? 1 : 0; });
        for (int i = 0; i < 5; ++i) {
            bob.crash();
            bob.says(alice, "line " + std::to_string(i));
            world.pass(minutes(10));
        }
        QCOMPARE(sent, 0); // never on a log-in that did not confirm the generation
        const std::string reason = bob.client().link().reason;
        QVERIFY2(reason.find("nothing is sent") != std::string::npos, reason.c_str());
        world.toClient = nullptr;
        bob.crash();
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 6; }, minutes(10)));
        QCOMPARE(bob.client().link().reason, std::string());
    }
    void whatWaitsForTheDayToBeOverGoesOutWithoutARestart() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_welcome()) {
                frame.mutable_welcome()->add_disagreements(pb::GENERATION_UNKNOWN);
            }
        });
        bob.crash();
        QVERIFY(world.until(
            [&] { return bob.client().link().reason.find("nothing is sent") != std::string::npos; },
            minutes(10)));
        world.toClient = nullptr;
        bob.says(alice, "patience");
        world.pass(std::chrono::hours(23));
        QCOMPARE(alice.textsFrom("bob"), Lines({"from bob"}));
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 2; }, std::chrono::hours(2)));
    }
    /// Whoever copies Bob's profile and uses it later is noticed by all three.
    void case14_aCloneUsedLaterIsFlagged() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        Snapshot snapshot(bob);
        Snapshot original(bob);
        bob.says(alice, "bob goes on");
        alice.says(bob, "so do I");
        bob.crash();
        world.pass(seconds(30));
        original.take(bob);
        snapshot.restore(bob, false); // the clone
        bob.says(alice, "I am Bob, believe me");
        QVERIFY(world.until([&] { return alice.textsFrom("bob").size() == 3; }, minutes(10)));
        QVERIFY(hasAlarm(alice, "somebody uses a copy of it"));
        original.restore(bob, false); // Bob himself is back
        QVERIFY(world.until([&] { return hasAlarm(bob, "another copy of it is in use"); }, minutes(5)));
    }
    /// Two that fetch: the newest log-in wins, and the other learns of it.
    void case15_aCloneThatFetchesIsNoticed() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        Snapshot snapshot(bob);
        bob.crash();
        world.pass(seconds(30));
        Person& clone = world.visitor("clone");
        snapshot.restore(clone, false);
        QVERIFY(
            world.until([&] { return bob.client().link().state == core::LinkState::Stopped; }, minutes(2)));
        QVERIFY(bob.client().link().reason.find("Another process logged in") != std::string::npos);
        alice.says(bob, "for whom?");
        QVERIFY(world.until([&] { return clone.textsFrom("alice").size() == 2; }, minutes(10)));
        clone.goOffline();
        bob.crash(); // Bob starts his program again
        QVERIFY(world.until([&] { return hasAlarm(bob, "another copy of it is in use"); }, minutes(5)));
    }
    void ordinaryCrashesAreNoRollback() {
        Talking story;
        auto& [world, alice, bob, copies, copy] = story;
        int again = 0;
        world.toClient = eachFrame([&](Person&, pb::Frame& frame) {
            again += frame.has_welcome() ? frame.welcome().disagreements_size() : 0;
        });
        for (int i = 0; i < 60; ++i) {
            bob.says(alice, "bob " + std::to_string(i));
            alice.says(bob, "alice " + std::to_string(i));
            world.pass(Milliseconds(world.random.below(40)));
            switch (world.random.below(4)) {
            case 0:
                alice.crash();
                break;
            case 1:
                bob.crash();
                break;
            case 2:
                world.crashRelay();
                break;
            default:
                break;
            }
        }
        QVERIFY(world.until([&] { return alice.texts().size() == 122 && bob.texts().size() == 122; },
                            minutes(10)));
        QCOMPARE(again, 0);
        QVERIFY(alice.saw<core::Alarm>().empty());
        QVERIFY(bob.saw<core::Alarm>().empty());
    }
};

QTEST_GUILESS_MAIN(TestRollback)
#include "test_rollback.moc"
