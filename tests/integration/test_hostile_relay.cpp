// SPDX-License-Identifier: GPL-3.0-or-later
// What a relay can do with its own database, seen from the terminal: another key under a known name, and no
// one-time prekeys left.
#include "core/db/database.h"
#include "tests/support/programs.h"

#include <QTest>

using namespace sotto::test;
namespace db = sotto::db;

namespace {

/// Changes the database of a relay that does not run.
void change(const Relay& relay, const char* sql) {
    auto database = db::Database::open((relay.directory() + "/relay/relay.db").toStdString(), {});
    if (!database || !database->transaction([&] { database->execute(sql); })) {
        qFatal("cannot change the relay's database");
    }
}

QString numberIn(const Outcome& outcome, const char* which) {
    return outcome.objects().last()["details"].toObject()[which].toString();
}

} // namespace

class TestHostileRelay : public QObject {
    Q_OBJECT
private slots:
    void aChangedKeyIsNeverWrittenToUntilAccepted();
    void withoutOneTimePrekeysTheSignedOneServes();
};

void TestHostileRelay::aChangedKeyIsNeverWrittenToUntilAccepted() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    alice.must({"send", "@bob", "to the real one", "--wait", "relay"});
    relay.kill();
    change(relay, "UPDATE account SET name = 'gone' WHERE name = 'bob'");
    relay.start();
    const Person mallory("bob", relay);
    const QString real = alice.must({"contact", "verify", "@bob"}).out.trimmed();

    // The relay now names another account for @bob.
    const Outcome again = alice.json({"contact", "add", "bob"});
    QVERIFY2(again.exit == 4, again.toString());
    QCOMPARE(numberIn(again, "safety_number_before"), real);
    QVERIFY(numberIn(again, "safety_number_now") != real);
    const Outcome sent = alice.json({"send", "@bob", "for whom?"});
    QVERIFY2(sent.exit == 4, sent.toString());
    QVERIFY2(sent.err.contains(real.left(5)) && sent.err.contains("sotto contact trust @bob"),
             sent.toString());
    QVERIFY(alice.must({"contact", "list"}).out.contains("account key changed"));
    QCOMPARE(mallory.json({"recv"}).out, QString());

    // Compared and accepted: it goes to the new one.
    alice.must({"contact", "trust", "@bob"});
    alice.must({"send", "@bob", "to the new one", "--wait", "relay"});
    QCOMPARE(mallory.json({"recv"}).objects().first()["text"].toString(), "to the new one");
    QCOMPARE(alice.json({"contact", "trust", "@bob"}).exit, 2);
}

void TestHostileRelay::withoutOneTimePrekeysTheSignedOneServes() {
    Relay relay;
    const Person bob("bob", relay);
    relay.kill();
    change(relay, "UPDATE prekey SET spent_at = 1");
    relay.start();
    for (const char* name : {"alice", "carol"}) {
        const Person person(name, relay);
        person.must({"contact", "add", "bob"});
        person.must({"send", "@bob", QString("from ") + name, "--wait", "relay"});
    }
    const Outcome received = bob.json({"recv"});
    QCOMPARE(received.objects().size(), 2);
    QCOMPARE(received.objects()[0]["text"].toString(), "from alice");
    QCOMPARE(received.objects()[1]["text"].toString(), "from carol");
}

QTEST_GUILESS_MAIN(TestHostileRelay)
#include "test_hostile_relay.moc"
