// SPDX-License-Identifier: GPL-3.0-or-later
// Sends, delivery, acknowledgement and replay, told with Alice and Bob.
#include "tests/relay/relay_world.h"

#include <QtTest>

using namespace sotto;
using namespace sotto::relay;

class TestMail : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aMessageGoesFromAliceToBob() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob);
        const SendId id = world.random.next<SendId>();
        const pb::Frame answer = world.ask(*atAlice, alice.message(bob, id, "hello"));
        QVERIFY(answer.has_stored());
        QCOMPARE(answer.request(), 100U);
        QCOMPARE(atBob->rows.size(), 1U);
        const pb::Row& row = atBob->rows[0];
        QCOMPARE(row.number(), 1U);
        QCOMPARE(row.payload(), std::string("hello"));
        QCOMPARE(row.header(), std::string("header for 1"));
        QCOMPARE(row.stamp(), answer.stored().stamp());
        QVERIFY(wire::addressOf(row.sender()) == alice.device());
        QCOMPARE(row.send_id(), wire::fieldOf(id));
    }
};

QTEST_GUILESS_MAIN(TestMail)
#include "test_mail.moc"
