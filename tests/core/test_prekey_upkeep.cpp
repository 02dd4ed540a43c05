// SPDX-License-Identifier: GPL-3.0-or-later
// What strangers need to write to a device is at its relay, fresh and enough of it.
#include "tests/support/forger.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::MessageState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class TestPrekeyUpkeep : public QObject {
    Q_OBJECT
private slots:
    void prekeysRunOutAndAreRefilled() {
        relay::Limits limits;
        limits.oneTimePrekeysPerHourPerTarget = limits.bundleFetchesPerHourPerTarget = 10'000;
        World world(limits);
        Person& bob = world.person("bob");
        bob.goOffline();
        const auto link = bob.client().contactLink().value();
        constexpr int kFriends = 105; // more than the hundred one-time prekeys that a device hands in
        for (int i = 0; i < kFriends; ++i) {
            Person& person = world.person("friend" + std::to_string(i));
            QVERIFY(person.client().addContact(link));
            const auto message = person.says("bob", "hi from " + std::to_string(i));
            QVERIFY(world.until([&] { return person.stateOf(message) == MessageState::Sent; }));
            person.client().stop();
        }
        bob.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == kFriends; }));
        QCOMPARE(bob.client().status().placeholders, 0);
        QVERIFY(bob.client().status().oneTimePrekeys >= 100);
    }
    void aPrekeyMadeUnderAWrongClockIsRenewedWhenTheClockIsRight() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.goOffline();
        const auto link = alice.client().contactLink().value();
        const WallTime right = world.clock.wall();
        world.clock.setWall(right - std::chrono::days(3650));
        // The relay takes what Alice hands in, and she never hears so.
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &alice && frame.has_prekeys_published()) {
                frame.Clear();
            }
        });
        bool isHandedIn = false;
        world.toRelay = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            isHandedIn |= &person == &alice && frame.has_publish_prekeys();
        });
        alice.goOnline();
        QVERIFY(world.until([&] { return isHandedIn; }));
        world.pass(seconds(1));
        alice.crash();
        alice.goOffline();
        world.toClient = nullptr;
        world.clock.setWall(right + minutes(1));
        alice.goOnline();
        QVERIFY(bob.client().addContact(link));
        bob.says("alice", "in time");
        QVERIFY(world.until([&] { return alice.texts() == Lines({"in time"}); }));
    }
    void aConnectionThatStandsForWeeksRenewsItsPrekey() {
        World world;
        Person& alice = world.person("alice");
        world.pass(minutes(1));
        int handedIn = 0;
        world.toRelay = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            handedIn += &person == &alice && frame.has_publish_prekeys() &&
                                !frame.publish_prekeys().statement().empty()
                            ? 1
                            : 0;
        });
        world.clock.setWall(world.clock.wall() + std::chrono::days(8));
        world.pass(hours(13));
        QCOMPARE(handedIn, 1);
    }
};

QTEST_GUILESS_MAIN(TestPrekeyUpkeep)
#include "test_prekey_upkeep.moc"
