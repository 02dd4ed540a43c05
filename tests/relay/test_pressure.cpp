// SPDX-License-Identifier: GPL-3.0-or-later
// What a hard-pressed relay gives up, in which order, and when it takes it back.

#include "tests/relay/relay_world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::relay;

namespace {

constexpr auto kSecond = std::chrono::seconds(1);
const Pressure::Signs kCalm{};
const Pressure::Signs kLagging{Pressure::kQueueLag + Milliseconds(1), 0, 0};

/// Looks once a second for so long, always with the same signs.
void look(Pressure& pressure, SteadyTime& now, const Pressure::Signs& signs, std::chrono::seconds time) {
    for (const SteadyTime end = now + time; now < end; now += kSecond) {
        pressure.look(signs, now);
    }
}

} // namespace

class TestPressure : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }
    void ephemeralMailGoesFirstThenReceiptsAreLate() {
        Pressure pressure;
        SteadyTime now{std::chrono::hours(1)};
        QVERIFY(!pressure.look(kCalm, now));
        QVERIFY(!pressure.look({Pressure::kQueueLag, 0, 0}, now)); // not over it yet
        QVERIFY(pressure.look(kLagging, now));
        QCOMPARE(pressure.level(), PressureLevel::NoEphemeral);
        look(pressure, now, kLagging, std::chrono::seconds(10));
        QCOMPARE(pressure.level(), PressureLevel::NoEphemeral);
        QVERIFY(pressure.look(kLagging, now));
        QCOMPARE(pressure.level(), PressureLevel::LateReceipts);
        look(pressure, now, kLagging, std::chrono::minutes(5));
        QCOMPARE(pressure.level(), PressureLevel::LateReceipts); // and nothing more is given up
    }
    void itIsTakenBackStepByStep() {
        Pressure pressure;
        SteadyTime now{std::chrono::hours(1)};
        look(pressure, now, kLagging, std::chrono::seconds(20));
        QCOMPARE(pressure.level(), PressureLevel::LateReceipts);
        look(pressure, now, kCalm, std::chrono::seconds(9));
        QCOMPARE(pressure.level(), PressureLevel::LateReceipts);
        pressure.look(kLagging, now); // again: the calm has to begin anew
        look(pressure, now, kCalm, std::chrono::seconds(10));
        QCOMPARE(pressure.level(), PressureLevel::LateReceipts);
        look(pressure, now, kCalm, std::chrono::seconds(2));
        QCOMPARE(pressure.level(), PressureLevel::NoEphemeral);
        look(pressure, now, kCalm, std::chrono::seconds(11));
        QCOMPARE(pressure.level(), PressureLevel::None);
    }
    void acknowledgementsThatStayAwayCountByTheirShare() {
        SteadyTime now{std::chrono::hours(1)};
        Pressure few;
        QVERIFY(!few.look({{}, 4, 4}, now)); // some laptops were closed
        Pressure share;
        QVERIFY(!share.look({{}, 1'000, 20}, now)); // 2 %, not more
        QVERIFY(share.look({{}, 1'000, 21}, now));
        QCOMPARE(share.level(), PressureLevel::NoEphemeral);
    }
    void aStalledDiskCostsEphemeralMailAndNoneThatIsDurable() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob);
        QCOMPARE(world.welcome.welcome().pressure(), 0U);
        world.stalled = true;
        std::vector<SendId> ids;
        for (int i = 0; i < 3; ++i) {
            ids.push_back(world.random.next<SendId>());
            world.sendOnly(*atAlice, alice.message(bob, ids.back(), "durable " + std::to_string(i)));
        }
        world.settle();                   // all of them reach the store at once
        QVERIFY(atAlice->frames.empty()); // nothing is answered before the disk has it
        for (int second = 0; second < 30; ++second) {
            world.tick();
            pb::Frame ping; // both are there, only the disk is not
            ping.mutable_ping();
            world.send(*atAlice, ping);
            world.send(*atBob, ping);
        }
        QCOMPARE(world.relay->statistics().pressure, PressureLevel::LateReceipts);
        QVERIFY(world.relay->statistics().queueLag > Pressure::kQueueLag);
        std::vector<std::uint32_t> told;
        for (const pb::Frame& frame : std::exchange(atBob->frames, {})) {
            if (frame.has_notice()) {
                told.push_back(frame.notice().pressure());
            }
        }
        QCOMPARE(told, std::vector<std::uint32_t>({1, 2}));
        atAlice->frames.clear();
        // Ephemeral: answered at once, and gone.
        const pb::Frame typing =
            world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "typing", 1, pb::EPHEMERAL));
        QCOMPARE(typing.stored().stamp(), 0U);
        QCOMPARE(world.relay->statistics().ephemeralDropped, 1U);
        // Durable: taken still, and all of it arrives in order when the disk is back.
        ids.push_back(world.random.next<SendId>());
        world.send(*atAlice, alice.message(bob, ids.back(), "durable 3"));
        world.stalled = false;
        world.tick();
        QCOMPARE(atBob->rows.size(), std::size_t{4});
        for (std::size_t i = 0; i < ids.size(); ++i) {
            QCOMPARE(atBob->rows[i].send_id(), wire::fieldOf(ids[i]));
        }
        world.acknowledge(*atBob, 4);
        for (int second = 0; second < 40; ++second) {
            world.tick();
        }
        QCOMPARE(world.relay->statistics().pressure, PressureLevel::None);
        // Each of the three that waited counts, between 10 s and a minute.
        const Histogram::Counts stored = world.relay->statistics().storeTime.counts();
        QVERIFY(stored[stored.size() - 2] >= 3);
        QCOMPARE(stored.back(), 0U);
        auto later = world.logIn(alice);
        QCOMPARE(world.welcome.welcome().pressure(), 0U);
    }
};

QTEST_APPLESS_MAIN(TestPressure)
#include "test_pressure.moc"
