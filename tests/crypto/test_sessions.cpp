// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/crypto/party.h"

#include <QtTest>

using namespace sotto;
using namespace sotto::crypto;

class TestSessions : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aliceAndBobTalkInBothDirections() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        for (int round = 0; round < 5; ++round) {
            const auto sealed = alice.sealFor(bob);
            QVERIFY(sealed.has_value());
            QCOMPARE(sealed->size(), round == 0 ? kPrekeyMessageHeaderSize : kMessageHeaderSize);
            QVERIFY(bob.openFrom(alice, *sealed).has_value());
            const auto answer = bob.sealFor(alice);
            QVERIFY(answer.has_value());
            QCOMPARE(answer->size(), kMessageHeaderSize);
            QVERIFY(alice.openFrom(bob, *answer).has_value());
        }
    }
    void whatWasSealedIsWhatIsOpened() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        const auto header = alice.headerFor(bob);
        const auto sealed = alice.sessions.seal(bob.address, bob.keys.identityKey(), header);
        const auto opened = bob.openFrom(alice, sealed.value());
        QVERIFY(opened.has_value());
        QVERIFY(opened->startedSession);
        QCOMPARE(opened->header.contentVersion, header.contentVersion);
        QVERIFY(opened->header.sendId == header.sendId);
        QVERIFY(opened->header.messageId == header.messageId);
        QVERIFY(opened->header.payloadKey == header.payloadKey);
        QVERIFY(opened->header.payloadDigest == header.payloadDigest);
        QVERIFY(opened->header.senderList == header.senderList);
        QVERIFY(opened->header.recipientList == header.recipientList);
        QCOMPARE(opened->header.seqBase, header.seqBase);
        QVERIFY(opened->header.isBetween(alice.address, bob.address));
        QVERIFY(!opened->header.isBetween(bob.address, alice.address));
    }
};

QTEST_GUILESS_MAIN(TestSessions)
#include "test_sessions.moc"
