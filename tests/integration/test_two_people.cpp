// SPDX-License-Identifier: GPL-3.0-or-later
// Alice and Bob with the real programs: a relay on loopback, two homes, and whatever can be killed in
// between.
#include "tests/support/programs.h"

#include <QTest>

using namespace sotto::test;

class TestTwoPeople : public QObject {
    Q_OBJECT
private slots:
    void firstContactByName();
    void whatTheRelaySaysToTypeNextWorks();
    void firstContactByLinkIsVerified();
    void messagesSentWhileBobIsAwayArriveOnceInOrder();
    void bothComeBackAfterARestart();
    void nothingIsLostOrDoubledWhenTheRelayIsKilled();
    void nothingIsLostOrDoubledWhenClientsAreKilled();
    void aQueuedMessageGoesOutWithTheNextConnection();
    void sendingTwiceUnderOneIdSendsOnce();
    void aStrangersSafetyNumberIsTheSameOnBothSides();
    void waitingForDeliveredEndsWithTheReceipt();
};

void TestTwoPeople::firstContactByName() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    const Outcome sent = alice.json({"send", "@bob", "hello", "--wait", "relay"});
    QVERIFY2(sent.exit == 0, sent.toString());
    QCOMPARE(sent.objects().first()["state"].toString(), "sent");
    const Outcome received = bob.json({"recv"});
    QVERIFY2(received.exit == 0, received.toString());
    QCOMPARE(received.objects().size(), 1);
    QCOMPARE(received.objects().first()["text"].toString(), "hello");
    QCOMPARE(received.objects().first()["from"].toObject()["name"].toString(), "alice");
    QCOMPARE(received.objects().first()["id"], sent.objects().first()["id"]);
    // A named reader gives each message once.
    QCOMPARE(bob.json({"recv"}).out, QString());
    bob.must({"send", "@alice", "hello yourself", "--wait", "relay"});
    QCOMPARE(alice.json({"recv"}).objects().first()["text"].toString(), "hello yourself");
    const QStringList expected = {">hello", "<hello yourself"};
    QCOMPARE(alice.history("@bob"), expected);
}

void TestTwoPeople::whatTheRelaySaysToTypeNextWorks() {
    const Person alice("alice");
    Running relay(program("sotto-relay"),
                  {"up", "--listen", "127.0.0.1:0", "--data", alice.home() + "/relay"}, alice.environment());
    QVERIFY2(relay.waitForLine("sotto send"), relay.err().toUtf8());
    QStringList command;
    for (const QString& line : relay.out().split('\n')) {
        if (line.startsWith("  sotto account new ")) {
            command = line.trimmed().remove('\'').split(' ').mid(1);
        }
    }
    QVERIFY2(!command.isEmpty(), relay.out().toUtf8());
    // The rest is for a terminal: here nobody could type a passphrase.
    const Outcome made = alice.run(command + QStringList{"--key-file"});
    QVERIFY2(made.exit == 0, made.toString());
    QVERIFY2(made.out.contains("You are @alice"), made.toString());
    QCOMPARE(relay.terminate(), 0);
}

void TestTwoPeople::firstContactByLinkIsVerified() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    const QString link = bob.must({"account", "show", "--link"}).out.trimmed();
    const Outcome added = alice.json({"contact", "add", link});
    QVERIFY2(added.exit == 0, added.toString());
    QCOMPARE(added.objects().first()["trust"].toString(), "link");
    alice.must({"send", "@bob", "by link", "--wait", "relay"});
    QCOMPARE(bob.json({"recv"}).objects().first()["text"].toString(), "by link");
}

void TestTwoPeople::messagesSentWhileBobIsAwayArriveOnceInOrder() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    QStringList expected;
    {
        const auto owner = alice.follow();
        for (int i = 0; i < 20; ++i) {
            alice.must({"send", "@bob", QString::number(i), "--wait", "relay"});
            expected.append("<" + QString::number(i));
        }
    }
    const Outcome received = bob.json({"recv"});
    QCOMPARE(received.objects().size(), 20);
    QCOMPARE(bob.history("@alice"), expected);
}

void TestTwoPeople::bothComeBackAfterARestart() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    auto atAlice = alice.follow();
    auto atBob = bob.follow();
    alice.must({"send", "@bob", "one", "--wait", "relay"});
    QVERIFY(atBob->waitForLine("\"one\""));
    QCOMPARE(atAlice->terminate(), 0);
    QCOMPARE(atBob->interrupt(), 130);
    QCOMPARE(relay.terminate(), 0);
    relay.start();
    atAlice = alice.follow();
    atBob = bob.follow();
    bob.must({"send", "@alice", "two", "--wait", "relay"});
    QVERIFY(atAlice->waitForLine("\"two\""));
    QCOMPARE(atBob->terminate(), 0);
    const QStringList expected = {"<one", ">two"};
    QCOMPARE(bob.history("@alice"), expected);
}

void TestTwoPeople::nothingIsLostOrDoubledWhenTheRelayIsKilled() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    const auto atAlice = alice.follow();
    const auto atBob = bob.follow();
    QStringList expected;
    for (int i = 0; i < 12; ++i) {
        alice.must({"send", "@bob", QString::number(i)});
        expected.append("<" + QString::number(i));
        if (i % 4 == 3) {
            relay.kill();
            relay.start();
        }
    }
    QVERIFY(atBob->waitForLine("\"text\":\"11\""));
    QCOMPARE(bob.history("@alice"), expected);
    QCOMPARE(atAlice->terminate(), 0);
}

void TestTwoPeople::nothingIsLostOrDoubledWhenClientsAreKilled() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    QStringList expected;
    auto atAlice = alice.follow();
    auto atBob = bob.follow();
    for (int i = 0; i < 8; ++i) {
        alice.must({"send", "@bob", QString::number(i)});
        expected.append("<" + QString::number(i));
        if (i % 4 == 1) {
            atAlice->kill();
            atAlice = alice.follow();
        }
        if (i % 4 == 3) {
            atBob->kill();
            atBob = bob.follow();
        }
    }
    QVERIFY(eventually([&] { return bob.history("@alice").size() >= expected.size(); }));
    QCOMPARE(bob.history("@alice"), expected);
    QVERIFY(eventually([&] { return alice.json({"status"}).objects().first()["queued"].toInt() == 0; }));
}

void TestTwoPeople::aQueuedMessageGoesOutWithTheNextConnection() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    relay.kill();
    const Outcome sent = alice.json({"send", "@bob", "later"});
    QVERIFY2(sent.exit == 0, sent.toString());
    QCOMPARE(sent.objects().first()["state"].toString(), "queued");
    const Outcome waited = alice.json({"send", "@bob", "later still", "--wait", "relay", "--timeout", "1s"});
    QVERIFY2(waited.exit == 9, waited.toString());
    const Outcome offline = alice.json({"recv", "--timeout", "1s"});
    QVERIFY2(offline.exit == 3, offline.toString());
    relay.start();
    alice.must({"recv"});
    const Outcome received = bob.json({"recv"});
    QCOMPARE(received.objects().size(), 2);
    const QStringList expected = {"<later", "<later still"};
    QCOMPARE(bob.history("@alice"), expected);
}

void TestTwoPeople::sendingTwiceUnderOneIdSendsOnce() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    const QString id = "msg_0123456789abcdef0123456789abcdef";
    for (int i = 0; i < 3; ++i) {
        const Outcome sent = alice.json({"send", "--id", id, "@bob", "once"});
        QVERIFY2(sent.exit == 0, sent.toString());
        QCOMPARE(sent.objects().first()["id"].toString(), id);
    }
    QCOMPARE(bob.json({"recv"}).objects().size(), 1);
}

void TestTwoPeople::aStrangersSafetyNumberIsTheSameOnBothSides() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    bob.must({"contact", "add", "alice"});
    const QString number = alice.must({"contact", "verify", "@bob"}).out.trimmed();
    QCOMPARE(bob.must({"contact", "verify", "@alice"}).out.trimmed(), number);
    const Outcome wrong = alice.json(
        {"contact", "verify", "@bob", QString(number).replace(0, 1, number[0] == '1' ? "2" : "1")});
    QVERIFY2(wrong.exit == 4, wrong.toString());
    const Outcome right = alice.json({"contact", "verify", "@bob", number});
    QVERIFY2(right.exit == 0, right.toString());
    QCOMPARE(right.objects().first()["trust"].toString(), "verified");
}

void TestTwoPeople::waitingForDeliveredEndsWithTheReceipt() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    bob.must({"contact", "add", "alice"});
    const auto atBob = bob.follow({"--mark-read"});
    const Outcome sent = alice.json({"send", "@bob", "are you there?", "--wait", "read"});
    QVERIFY2(sent.exit == 0, sent.toString());
    QCOMPARE(sent.objects().first()["state"].toString(), "read");
}

QTEST_GUILESS_MAIN(TestTwoPeople)
#include "test_two_people.moc"
