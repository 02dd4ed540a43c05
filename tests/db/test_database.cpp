// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/db/migration.h"

#include <QTest>
#include <sys/stat.h>

using namespace sotto;
using namespace sotto::db;

namespace {

constexpr std::array kNotes = {
    Migration{1, "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"},
    Migration{2, "ALTER TABLE note ADD COLUMN place INTEGER NOT NULL DEFAULT 7;"}};

} // namespace

class TestDatabase : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_directory;
    SystemRandom m_random;
    std::optional<DatabaseKey> m_key; // made after libsodium is ready

    std::filesystem::path path() const { return m_directory->filePath("a.db").toStdString(); }
    Expected<Database, Error> reopen(const DatabaseKey* key) {
        OpenOptions options;
        options.key = key;
        return Database::open(path(), options);
    }
    static std::int64_t count(Database& database) {
        Rows rows = database.query("SELECT count(*) FROM note");
        rows.next();
        return rows.integer(0);
    }

private slots:
    void initTestCase() { initialiseSodium(); }
    void init() {
        m_directory = std::make_unique<QTemporaryDir>();
        m_key.emplace(DatabaseKey::random(m_random));
    }
    void whatWasCommittedIsThereAfterReopening() {
        {
            Database database = reopen(&*m_key).value();
            QVERIFY(migrate(database, kNotes));
            QVERIFY(database.transaction([&] {
                database.run("INSERT INTO note(body) VALUES (?)", "caf\xC3\xA9");
                database.run("INSERT INTO note(body, place) VALUES (?, ?)", std::string(), -5);
            }));
        }
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        Rows rows = database.query("SELECT body, place FROM note ORDER BY id");
        QVERIFY(rows.next());
        QCOMPARE(rows.text(0), std::string("caf\xC3\xA9"));
        QCOMPARE(rows.integer(1), 7);
        QVERIFY(rows.next());
        QVERIFY(!rows.isNull(0));
        QCOMPARE(rows.integer(1), -5);
        QVERIFY(!rows.next());
    }
    void aFailureRollsTheWholeTransactionBack() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        const auto result = database.transaction([&] {
            database.run("INSERT INTO note(id, body) VALUES (1, 'a')");
            database.run("INSERT INTO note(id, body) VALUES (1, 'b')");
        });
        QCOMPARE(result.error(), Error::Constraint);
        QCOMPARE(count(database), 0);
        QVERIFY(!database.inTransaction());
    }
    void aSavepointIsUndoneAlone() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        const std::uint64_t before = database.rollbacks();
        QVERIFY(database.transaction([&] {
            Savepoint kept(database);
            database.run("INSERT INTO note(body) VALUES ('kept')");
            {
                Savepoint undone(database);
                database.run("INSERT INTO note(body) VALUES ('undone')");
                undone.rollBack();
            }
            {
                Savepoint forgotten(database);
                database.run("INSERT INTO note(body) VALUES ('forgotten')");
            }
            kept.release();
        }));
        QCOMPARE(count(database), 1);
        QCOMPARE(database.rollbacks(), before + 2);
    }
    void oneStatementMayRunInsideItself() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        database.run("INSERT INTO note(body) VALUES ('a')");
        database.run("INSERT INTO note(body) VALUES ('b')");
        int pairs = 0;
        for (Rows outer = database.query("SELECT id FROM note"); outer.next();) {
            for (Rows inner = database.query("SELECT id FROM note"); inner.next();) {
                ++pairs;
            }
        }
        QCOMPARE(pairs, 4);
    }
    void aFullDatabaseSaysSoAndGoesOnWhenThereIsSpace() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        database.execute("PRAGMA max_page_count = 8");
        const std::string big(100'000, 'x');
        QCOMPARE(
            database.transaction([&] { database.run("INSERT INTO note(body) VALUES (?)", big); }).error(),
            Error::Full);
        QCOMPARE(count(database), 0);
        database.execute("PRAGMA max_page_count = 1000");
        QVERIFY(database.transaction([&] { database.run("INSERT INTO note(body) VALUES (?)", big); }));
        QCOMPARE(count(database), 1);
    }
    void theWrongKeyAndNoKeyAreRefused() {
        {
            Database database = reopen(&*m_key).value();
            QVERIFY(migrate(database, kNotes));
        }
        const DatabaseKey other = DatabaseKey::random(m_random);
        QCOMPARE(reopen(&other).error(), Error::NotADatabase);
        QCOMPARE(reopen(nullptr).error(), Error::NotADatabase);
        QVERIFY(reopen(&*m_key));
    }
    void nothingReadableStandsInTheFiles() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        database.run("INSERT INTO note(body) VALUES ('canary-in-a-coal-mine')");
        for (const QFileInfo& info : QDir(m_directory->path()).entryInfoList(QDir::Files)) {
            QFile file(info.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray all = file.readAll();
            QVERIFY2(!all.contains("canary"), qPrintable(info.fileName()));
            QVERIFY2(!all.contains("SQLite format 3"), qPrintable(info.fileName()));
        }
    }
    void filesArePrivateWhateverTheUmask() {
        const mode_t before = umask(0);
        {
            Database database = reopen(&*m_key).value();
            QVERIFY(migrate(database, kNotes));
            for (const QFileInfo& info : QDir(m_directory->path()).entryInfoList(QDir::Files)) {
                struct stat status {};
                QCOMPARE(::stat(qPrintable(info.filePath()), &status), 0);
                QCOMPARE(status.st_mode & 0777, mode_t(0600));
            }
        }
        umask(before);
    }
    void aNewerSchemaIsRefusedAndNotTouched() {
        Database database = reopen(&*m_key).value();
        QVERIFY(migrate(database, kNotes));
        database.execute("PRAGMA user_version = 3");
        QCOMPARE(migrate(database, kNotes).error(), Error::NewerSchema);
        Rows rows = database.query("PRAGMA user_version");
        rows.next();
        QCOMPARE(rows.integer(0), 3);
    }
    void aFailedMigrationLeavesTheVersionBefore() {
        constexpr std::array broken = {kNotes[0],
                                       Migration{2, "CREATE TABLE more(id INTEGER); CREATE TABLE note(id);"}};
        Database database = reopen(&*m_key).value();
        QVERIFY(!migrate(database, broken));
        Rows rows = database.query(
            "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version");
        rows.next();
        QCOMPARE(rows.integer(0), 1);
        QCOMPARE(rows.integer(1), 1);
    }
    void aDamagedPageIsNamed() {
        {
            Database database = reopen(&*m_key).value();
            QVERIFY(migrate(database, kNotes));
            for (int i = 0; i < 200; ++i) {
                database.run("INSERT INTO note(body) VALUES (?)", std::string(1000, 'x'));
            }
            QVERIFY(database.check().empty());
        }
        QFile file(QString::fromStdString(path().string()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(4096 * 10 + 100);
        file.write("damage");
        file.close();
        QVERIFY(!reopen(&*m_key).value().check().empty());
        Database database = reopen(&*m_key).value();
        const auto read = attempt([&] {
            for (Rows rows = database.query("SELECT body FROM note"); rows.next();) {
            }
        });
        QVERIFY(!read);
    }
    void fullTextSearchIsThere() {
        Database database = reopen(&*m_key).value();
        database.execute("CREATE VIRTUAL TABLE text USING fts5(body)");
        database.run("INSERT INTO text(body) VALUES ('encrypted history')");
        Rows rows = database.query("SELECT rowid FROM text WHERE text MATCH ?", "\"history\"");
        QVERIFY(rows.next());
    }
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "test_database.moc"
