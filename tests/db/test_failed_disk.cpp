// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that fails under an open database, and what is left of it after a power cut (R12).
#include "core/base/random.h"
#include "core/db/database.h"
#include "tests/support/simulated_vfs.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sotto;
using namespace sotto::db;
using namespace sotto::test;

class TestFailedDisk : public QObject {
    Q_OBJECT
    QTemporaryDir m_directory;
    SystemRandom m_random;
    std::optional<DatabaseKey> m_key;
    std::optional<Chance> m_chance;
    std::unique_ptr<SimulatedDisk> m_disk;
    std::unique_ptr<SimulatedMount> m_mount;
    std::optional<SimulatedDisk::Running> m_running;
    std::optional<Database> m_database;

    Expected<Database, Error> tryToOpen() {
        OpenOptions options;
        options.key = &*m_key;
        options.vfs = kSimulatedVfs;
        options.reopensItself = true;
        return Database::open(m_directory.filePath("a.db").toStdString(), options);
    }
    void open() { m_database.emplace(tryToOpen().value()); }
    Expected<void, Error> note(const char* text) {
        return m_database->transaction([&] { m_database->run("INSERT INTO note(text) VALUES (?)", text); });
    }
    QStringList notes() {
        QStringList found;
        for (Rows rows = m_database->query("SELECT text FROM note ORDER BY id"); rows.next();) {
            found.append(QString::fromStdString(rows.text(0)));
        }
        return found;
    }
    void cutThePower() {
        m_disk->dieNow(SimulatedDisk::Death::PowerCut);
        m_database.reset();
        m_disk->restart();
        open();
    }

private slots:
    void init() {
        initialiseSodium();
        m_key.emplace(DatabaseKey::random(m_random));
        m_chance.emplace(1);
        m_disk = std::make_unique<SimulatedDisk>(*m_chance);
        m_mount = std::make_unique<SimulatedMount>(m_directory.path().toStdString(), *m_disk);
        m_running.emplace(m_disk.get());
        open();
        m_database->execute("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"
                            "CREATE TEMP TABLE of_this_connection(id INTEGER)");
        QVERIFY(note("one"));
    }
    void cleanup() {
        m_database.reset();
        m_running.reset();
        m_mount.reset();
        m_disk.reset();
    }

    void whatIsCommittedAfterAFailedSyncSurvivesAPowerCut() {
        m_disk->fail(SimulatedDisk::Operation::Sync, false);
        QCOMPARE(note("two").error(), Error::Io);
        const auto rollbacks = m_database->rollbacks();
        QVERIFY(note("three"));
        QVERIFY(m_database->rollbacks() > rollbacks); // nobody goes on with what was cached
        QVERIFY(!attempt([&] { m_database->query("SELECT * FROM of_this_connection").next(); }));
        QCOMPARE(notes(), QStringList({"one", "three"}));
        cutThePower();
        QCOMPARE(notes(), QStringList({"one", "three"}));
        QVERIFY(m_database->check().empty());
    }
    void nothingIsCommittedWhileTheDiskGoesOnFailing() {
        m_disk->fail(SimulatedDisk::Operation::Sync, true);
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(note("two").error(), Error::Io);
        }
        m_disk->mend();
        QVERIFY(note("three"));
        cutThePower();
        QCOMPARE(notes(), QStringList({"one", "three"}));
    }
    void aPowerCutInsteadOfTheRepairLosesNothingCommitted() {
        m_disk->fail(SimulatedDisk::Operation::Sync, false);
        QVERIFY(!note("two"));
        cutThePower();
        QVERIFY(notes().startsWith("one"));
        QVERIFY(m_database->check().empty());
        QVERIFY(note("three"));
    }
    void aNewProgramDoesNotBuildOnALogThatTheDiskNeverGot() {
        m_disk->fail(SimulatedDisk::Operation::Sync, true);
        QVERIFY(!note("two"));
        m_database.reset();
        QCOMPARE(tryToOpen().error(), Error::Io);
        m_disk->mend();
        open();
        QVERIFY(note("three"));
        const QStringList before = notes();
        QVERIFY(before.startsWith("one") && before.endsWith("three"));
        cutThePower();
        QCOMPARE(notes(), before);
    }
    void norWhileThereIsNoRoomToMoveTheLog() {
        m_disk->fail(SimulatedDisk::Operation::Sync, true);
        QVERIFY(!note("two"));
        m_database.reset();
        m_disk->mend();
        m_disk->setFull(true);
        open(); // a full disk keeps nobody from reading
        QVERIFY(notes().startsWith("one"));
        QCOMPARE(note("no room").error(), Error::Full);
        m_disk->setFull(false);
        QVERIFY(note("three"));
        const QStringList before = notes();
        cutThePower();
        QCOMPARE(notes(), before);
        QVERIFY(m_database->check().empty());
    }
    void aReadThatFailedCanBeRepeated() {
        m_database.reset();
        open();
        m_disk->fail(SimulatedDisk::Operation::Read, false);
        const auto first = attempt([&] { return notes(); });
        QCOMPARE(attempt([&] { return notes(); }).value(), QStringList({"one"}));
        static_cast<void>(first); // what was read before may have been enough
    }
};

QTEST_GUILESS_MAIN(TestFailedDisk)
#include "test_failed_disk.moc"
