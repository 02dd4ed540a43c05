// SPDX-License-Identifier: GPL-3.0-or-later
// A relay that was restored from an older copy is noticed at the first connect, and what clients still hold
// is handed in again; what only crashed is no rollback.
#include "tests/support/forger.h"

#include <QTemporaryDir>
#include <QtTest>

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
        QVERIFY(world.until([&] { return alice.client().status().link == core::LinkState::Drained; }));
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
        QVERIFY(world.until([&] { return alice.client().status().link == core::LinkState::Drained; }));
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
