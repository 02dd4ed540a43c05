// SPDX-License-Identifier: GPL-3.0-or-later
// A relay that breaks things on purpose: it keeps to stores made for it, and says what it is.
#include "tests/support/programs.h"

#include <QFile>
#include <QJsonDocument>
#include <QTcpSocket>
#include <QTest>

using namespace sotto::test;

namespace {

Outcome runRelay(const QStringList& arguments) {
    QProcess process;
    process.start(program("sotto-relay"), arguments);
    Outcome outcome;
    if (process.waitForFinished(kPatienceMs)) {
        outcome.exit = process.exitCode();
    }
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.err = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

QJsonObject health(const Relay& relay) {
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", static_cast<quint16>(relay.port()));
    socket.waitForConnected(kPatienceMs);
    socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (socket.waitForReadyRead(kPatienceMs)) {
    }
    const QByteArray answer = socket.readAll();
    return QJsonDocument::fromJson(answer.mid(answer.indexOf("\r\n\r\n") + 4)).object();
}

} // namespace

class TestTestingRelay : public QObject {
    Q_OBJECT
private slots:
    void aPlanThatDoesNotParseIsWrongUsage();
    void aStoreThatWasNotMadeForTestsIsRefused();
    void everybodyIsTold();
    void messagesArriveOnceInOrder_data();
    void messagesArriveOnceInOrder();
};

void TestTestingRelay::aPlanThatDoesNotParseIsWrongUsage() {
    const QTemporaryDir directory;
    const QStringList up = {"up", "--listen", "127.0.0.1:0", "--data", directory.filePath("relay")};
    const Outcome wrong = runRelay(up + QStringList{"--testing", "--faults", "seed=1,drop=2"});
    QVERIFY2(wrong.exit == 2, wrong.toString());
    QVERIFY2(wrong.err.contains("at character 14") && wrong.err.count('\n') == 1, wrong.toString());
    const Outcome untold = runRelay(up + QStringList{"--faults", "drop=2%"});
    QVERIFY2(untold.exit == 2 && untold.err.contains("--testing"), untold.toString());
    QVERIFY(!QFile::exists(directory.filePath("relay")));
}

void TestTestingRelay::aStoreThatWasNotMadeForTestsIsRefused() {
    Relay relay;
    const QString database = relay.directory() + "/relay/relay.db";
    QCOMPARE(relay.terminate(), 0);
    const auto bytes = [&] {
        QFile file(database);
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = bytes();
    const Outcome refused =
        runRelay({"up", "--listen", "127.0.0.1:0", "--data", relay.directory() + "/relay", "--testing"});
    QVERIFY2(refused.exit == 2 && refused.err.contains("was not made by `up --testing`"), refused.toString());
    QVERIFY(!before.isEmpty() && bytes() == before);

    // One that was made for tests may be tested with again.
    Relay testing({"--testing", "--faults", "drop=1%"});
    QCOMPARE(testing.terminate(), 0);
    testing.start();
    QCOMPARE(testing.terminate(), 0);
}

void TestTestingRelay::everybodyIsTold() {
    Relay relay({"--testing", "--plain", "--faults", "seed=42,dup=100%,skew=+7m", "--invites", "2"});
    QCOMPARE(health(relay)["testing"], QJsonValue(true));
    Person alice("alice");
    const Outcome made =
        alice.must({"account", "new", "--name", "alice", "--link", relay.joinLink(), "--key-file"});
    QVERIFY2(made.err.contains("testing relay"), made.toString());
    const auto owner = alice.follow();
    QVERIFY2(owner->waitForLine("a testing relay: it breaks things on purpose"), owner->err().toUtf8());
    const Outcome status = alice.json({"status"});
    QCOMPARE(status.objects().first()["testing_relay"], QJsonValue(true));
    QVERIFY(std::abs(status.objects().first()["clock_offset_ms"].toInteger() - 7 * 60'000) < 60'000);
    QVERIFY(alice.must({"status"}).out.contains("testing relay"));
    // What it has done so far can be compared with another run.
    QVERIFY(health(relay)["faults"].toInteger() > 0);
    QCOMPARE(health(relay)["fault_log"].toString().size(), 32);

    Relay honest({"--plain"});
    QCOMPARE(health(honest)["testing"], QJsonValue(false));
    const Person bob("bob", honest);
    QCOMPARE(bob.json({"status"}).objects().first()["testing_relay"], QJsonValue(false));
}

void TestTestingRelay::messagesArriveOnceInOrder_data() {
    QTest::addColumn<QString>("faults");
    QTest::newRow("duplicates") << "seed=1,dup=30%";
    QTest::newRow("late") << "seed=2,delay=1..40ms";
    QTest::newRow("cut") << "seed=3,cut=1/30";
    QTest::newRow("disk full") << "seed=4,diskfull@3+3";
}

void TestTestingRelay::messagesArriveOnceInOrder() {
    QFETCH(const QString, faults);
    Relay relay({"--testing", "--faults", faults, "--invites", "2"});
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob", "--timeout", "2m"}); // cuts cost time, and that is no matter here
    const auto reader = bob.follow();
    QByteArray lines;
    QStringList texts;
    for (int i = 1; i <= 20; ++i) {
        texts.append(QString("message %1").arg(i));
        lines += texts.last().toUtf8() + "\n";
    }
    const Outcome sent = alice.run({"send", "@bob", "--lines", "--wait", "relay", "--timeout", "60s"}, lines);
    QVERIFY2(sent.exit == 0, sent.toString());
    QVERIFY(reader->waitForLine("message 20"));
    QCOMPARE(reader->terminate(), 0);
    QStringList got;
    for (const QString& line : reader->out().split('\n', Qt::SkipEmptyParts)) {
        const QJsonObject object = QJsonDocument::fromJson(line.toUtf8()).object();
        if (object["type"] == "message") {
            got.append(object["text"].toString());
        }
    }
    QCOMPARE(got, texts);
}

QTEST_GUILESS_MAIN(TestTestingRelay)
#include "test_testing_relay.moc"
