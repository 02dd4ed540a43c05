// SPDX-License-Identifier: GPL-3.0-or-later
// The real relay process over real sockets.
#include "core/base/random.h"
#include "tests/relay/relay_process.h"

#include <QtTest>

using namespace sotto;
using namespace sotto::relay;

class TestGateway : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aMessageGoesOverTheWire_data() {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("TLS") << QStringList{"--invites", "2"};
        QTest::newRow("plain ws on loopback") << QStringList{"--invites", "2", "--plain"};
    }
    void aMessageGoesOverTheWire() {
        QFETCH(QStringList, options);
        RelayProcess relay(options);
        const TestAccount alice("alice", m_random);
        const TestAccount bob("bob", m_random);
        relay.registerAccount(alice);
        relay.registerAccount(bob);
        RawClient atAlice = relay.logIn(alice);
        RawClient atBob = relay.logIn(bob);
        QVERIFY(atAlice.sendFrame(alice.message(bob, m_random.next<SendId>(), "hello")));
        const pb::Frame stored = atAlice.readFrame();
        QVERIFY(stored.has_stored());
        const pb::Frame delivered = atBob.readFrame();
        QVERIFY(delivered.has_deliver());
        QCOMPARE(delivered.deliver().rows(0).payload(), std::string("hello"));
        QCOMPARE(delivered.deliver().rows(0).stamp(), stored.stored().stamp());
    }

private:
    SystemRandom m_random;
};

QTEST_GUILESS_MAIN(TestGateway)
#include "test_gateway.moc"
