// SPDX-License-Identifier: GPL-3.0-or-later
// What is missing, asked for and repaired, seen from the terminal.
#include "core/db/database.h"
#include "tests/support/programs.h"

#include <QJsonArray>
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

QJsonObject lastOf(const Outcome& outcome, const char* type) {
    QJsonObject found;
    for (const QJsonObject& object : outcome.objects()) {
        if (object["type"] == QJsonValue(type)) {
            found = object;
        }
    }
    return found;
}

struct Friends {
    Relay relay;
    Person alice{"alice", relay};
    Person bob{"bob", relay};
    Friends() {
        alice.must({"contact", "add", "bob"});
        bob.must({"contact", "add", "alice"});
    }
};

} // namespace

class TestDelivery : public QObject {
    Q_OBJECT
private slots:
    void whatTheRelayKeepsBackIsSaidAskedForAndFilledIn();
    void aMessageThatCannotBeReadIsExplainedAndComesAgain();
};

void TestDelivery::whatTheRelayKeepsBackIsSaidAskedForAndFilledIn() {
    Friends story;
    auto& [relay, alice, bob] = story;
    for (const char* text : {"one", "two", "three"}) {
        alice.must({"send", "@bob", text, "--wait", "relay"});
    }
    QVERIFY(bob.must({"conv", "verify"}).out.contains("complete"));
    // The relay puts the first in the place of the second.
    relay.kill();
    change(relay, "UPDATE row SET (header, send_id, payload) = (SELECT r.header, r.send_id, r.payload FROM "
                  "row r WHERE r.mailbox = row.mailbox AND r.number = 1) WHERE number = 2");
    relay.start();

    const Outcome received = bob.must({"recv"});
    QVERIFY2(received.out.contains("message 2 is missing. It never came."), received.toString());
    QCOMPARE(received.out.count('\n'), 3);
    const Outcome shown = bob.json({"log", "@alice"});
    QCOMPARE(shown.objects()[1]["kind"].toString(), "gap"); // in its place
    QCOMPARE(shown.objects()[1]["reason"].toString(), "missing");
    QCOMPARE(shown.objects()[1]["first"].toInteger(), 2);
    QCOMPARE(shown.objects()[1]["last"].toInteger(), 2);
    QCOMPARE(lastOf(bob.json({"status"}), "status")["gaps"].toInteger(), 1);
    const Outcome incomplete = bob.json({"conv", "verify", "@alice"});
    QCOMPARE(incomplete.exit, 10);
    QCOMPARE(lastOf(incomplete, "chain")["holes"].toArray(), QJsonArray{(QJsonArray{2, 2})});
    QCOMPARE(lastOf(incomplete, "verification")["missing"].toInteger(), 1);
    const Outcome text = bob.run({"conv", "verify"});
    QCOMPARE(text.exit, 10);
    QVERIFY2(text.out.contains("1, 3, missing: 2"), text.toString());
    QVERIFY2(text.err.contains("1 messages are missing"), text.toString());

    // Bob's request went out with his recv; Alice's answers it; the message takes its place.
    alice.must({"recv"});
    const Outcome repaired = bob.must({"recv"});
    QVERIFY2(repaired.out.contains("alice: two"), repaired.toString());
    QCOMPARE(bob.history("@alice"), QStringList({"<one", "<two", "<three"}));
    const Outcome complete = bob.json({"conv", "verify"});
    QCOMPARE(complete.exit, 0);
    QVERIFY(lastOf(complete, "verification")["complete"].toBool());
    QCOMPARE(lastOf(bob.json({"status"}), "status")["gaps"].toInteger(), 0);
    // A reader that stopped before the gap was known reads on as if nothing had been.
    const Outcome other = bob.json({"recv", "--as", "other"});
    QCOMPARE(other.objects().size(), 3);
}

void TestDelivery::aMessageThatCannotBeReadIsExplainedAndComesAgain() {
    Friends story;
    auto& [relay, alice, bob] = story;
    alice.must({"send", "@bob", "hello", "--wait", "relay"});
    relay.kill();
    change(relay, "UPDATE row SET payload = zeroblob(length(payload))");
    relay.start();
    const Outcome received = bob.must({"recv"});
    QVERIFY2(
        received.out.contains("[a message that cannot be read yet. Its envelope came, its contents did not. "
                              "It was asked for again; nothing to do.]"),
        received.toString());
    const QJsonObject line = bob.json({"log", "@alice"}).objects().first();
    QCOMPARE(line["kind"].toString(), "placeholder");
    QCOMPARE(line["reason"].toString(), "payload_missing");
    QCOMPARE(lastOf(bob.json({"status"}), "status")["placeholders"].toInteger(), 1);
    alice.must({"recv"});
    // The reader that has printed the placeholder gets the message, once.
    const Outcome repaired = bob.must({"recv"});
    QVERIFY2(repaired.out.contains("alice: hello"), repaired.toString());
    QCOMPARE(repaired.out.count('\n'), 1);
    QCOMPARE(bob.must({"recv"}).out, QString());
    QCOMPARE(bob.history("@alice"), QStringList({"<hello"}));
}

QTEST_GUILESS_MAIN(TestDelivery)
#include "test_delivery.moc"
