// SPDX-License-Identifier: GPL-3.0-or-later
// Backups of a relay, and what the clients of a restored one notice, with the real programs.
#include "core/db/database.h"
#include "tests/support/programs.h"

#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace sotto::test;
namespace db = sotto::db;

namespace {

Outcome relayProgram(const QStringList& arguments) {
    QProcess process;
    process.start(qEnvironmentVariable("SOTTO_BIN_DIR") + "/sotto-relay", arguments);
    if (!process.waitForFinished(60'000)) {
        qFatal("sotto-relay does not end");
    }
    Outcome outcome;
    outcome.exit = process.exitCode();
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.err = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

QString dataOf(const Relay& relay) {
    return relay.directory() + "/relay";
}

void change(const QString& file, const char* sql) {
    auto database = db::Database::open(file.toStdString(), {});
    if (!database || !db::attempt([&] { database->execute(sql); })) {
        qFatal("cannot change %s", qPrintable(file));
    }
}

} // namespace

class TestBackup : public QObject {
    Q_OBJECT
private slots:
    void aRestoredRelayBeginsANewEpochAndTheConversationGoesOn();
    void whatCannotBeRestoredIsRefusedAndNothingIsChanged();
};

void TestBackup::aRestoredRelayBeginsANewEpochAndTheConversationGoesOn() {
    constexpr int kTimes = 5;
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    bob.must({"contact", "add", "alice"});
    QTemporaryDir backups;
    QStringList expected;
    for (int i = 0; i < kTimes; ++i) {
        const QString before = "before " + QString::number(i);
        const QString after = "after " + QString::number(i);
        const QString then = "then " + QString::number(i);
        alice.must({"send", "@bob", before, "--wait", "relay"});
        // While it runs.
        const QString file = backups.filePath("relay-" + QString::number(i));
        const Outcome made = relayProgram({"backup", "--to", file, "--data", dataOf(relay)});
        QVERIFY2(made.exit == 0, made.toString());
        QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        bob.must({"recv"});
        alice.must({"recv"});
        alice.must({"send", "@bob", after, "--wait", "relay"});
        bob.must({"recv"});
        alice.must({"recv"});
        relay.kill();
        const Outcome restored = relayProgram({"restore", "--from", file, "--data", dataOf(relay)});
        QVERIFY2(restored.exit == 0, restored.toString());
        relay.start();
        // What Bob had fetched comes again from the old copy, and is not shown again.
        QCOMPARE(bob.must({"recv"}).out, QString());
        alice.must({"send", "@bob", then, "--wait", "relay"});
        bob.must({"recv"});
        alice.must({"recv"});
        expected += {"<" + before, "<" + after, "<" + then};
        QCOMPARE(bob.history("@alice"), expected);
        QCOMPARE(bob.must({"conv", "verify"}).exit, 0);
        QVERIFY(QFile::exists(dataOf(relay) + "/relay.db.replaced"));
    }
}

void TestBackup::whatCannotBeRestoredIsRefusedAndNothingIsChanged() {
    Relay relay;
    const Person alice("alice", relay);
    QTemporaryDir backups;
    const QString good = backups.filePath("good");
    const auto restore = [&](const QString& file) {
        return relayProgram({"restore", "--from", file, "--data", dataOf(relay)});
    };
    QCOMPARE(relayProgram({"backup", "--to", good, "--data", dataOf(relay)}).exit, 0);
    QCOMPARE(relayProgram({"backup", "--to", good, "--data", dataOf(relay)}).exit, 2); // there is one
    QCOMPARE(relayProgram({"backup", "--to", good + "2", "--data", backups.path()}).exit, 6);
    const Outcome running = restore(good);
    QCOMPARE(running.exit, 7);
    QVERIFY2(running.err.contains("another relay is using it"), running.toString());
    relay.terminate();

    const auto whole = [&] {
        QFile file(dataOf(relay) + "/relay.db");
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray before = whole();
    QVERIFY(!before.isEmpty());
    QCOMPARE(restore(backups.filePath("none")).exit, 6);
    const QString newer = backups.filePath("newer");
    QVERIFY(QFile::copy(good, newer));
    change(newer, "PRAGMA user_version = 1000");
    const Outcome ofNewer = restore(newer);
    QCOMPARE(ofNewer.exit, 2);
    QVERIFY2(ofNewer.err.contains("newer version"), ofNewer.toString());
    const QString other = backups.filePath("other");
    change(other, "CREATE TABLE something(x)");
    QVERIFY(restore(other).err.contains("no backup of a relay"));
    const QString damaged = backups.filePath("damaged");
    QVERIFY(QFile::copy(good, damaged));
    QFile file(damaged);
    QVERIFY(file.open(QFile::ReadWrite) && file.seek(3 * 4096) &&
            file.write(QByteArray(4096, '\x5a')) == 4096);
    file.close();
    QCOMPARE(restore(damaged).exit, 10);
    QCOMPARE(whole(), before);
    QVERIFY(!QFile::exists(dataOf(relay) + "/relay.db.replaced"));
    QCOMPARE(restore(good).exit, 0);
    relay.start();
    alice.must({"recv"});
}

QTEST_GUILESS_MAIN(TestBackup)
#include "test_backup.moc"
