// SPDX-License-Identifier: GPL-3.0-or-later
// Exported histories: the same history comes back, and nothing else is believed.
#include "core/archive/backup.h"
#include "core/rpc/history_export.h"
#include "core/rpc/history_import.h"
#include "core/rpc/schema.h"
#include "tests/support/folder.h"
#include "tests/support/json_schema.h"
#include "tests/support/world.h"

#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace sotto;
using namespace sotto::test;
using rpc::Exit;
using std::chrono::seconds;

namespace {

constexpr core::Profile::SealCost kCheap{8 * 1024, 1};

/// A profile that is open without a network.
struct Quiet final : core::Edge, core::Observer {
    void connect(const wire::RelayAddress&) override {}
    void send(Bytes) override {}
    void disconnect() override {}
    void wakeAt(SteadyTime) override {}
    void onEvent(const core::Event&) override {}
};

struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.visitor("bob");
    std::vector<core::Message> ofBob;
    QTemporaryDir files;
    fs::path file = files.filePath("bob.jsonl").toStdString();
    fs::path early = files.filePath("early").toStdString(); ///< Bob's profile before anybody spoke

    Talking() {
        const auto printed = bob.client().createAccount("bob", world.joinLink()).value();
        const auto code = std::move(*crypto::RecoveryCode::parse(textOf(printed.expose())));
        bob.client().start();
        if (!world.until([&] { return bob.client().link().state == core::LinkState::Drained; })) {
            throw std::runtime_error("bob is not registered");
        }
        alice.knows(bob);
        const fs::path backup = files.filePath("backup").toStdString();
        auto writer = core::BackupWriter::begin(bob.profile(), backup, world.random, world.clock).value();
        while (!writer.step(Milliseconds(1)).value().isFinished) {
        }
        if (!core::restoreBackup(backup, code, early, {}, kCheap, world.random, {})) {
            throw std::runtime_error("no early profile");
        }
        fs::remove(backup);
        for (int i = 0; i < 5; ++i) {
            ofBob.push_back(
                bob.says(alice, "bob " + std::to_string(i) + " \xf0\x9f\x90\xa2 \"quoted\"\n\x01"));
            alice.says(bob, "alice " + std::to_string(i));
            world.pass(seconds(5));
        }
        amend();
        alice.goOffline();
        bob.goOffline();
        bob.says(alice, "never sent");
    }
    /// One is edited, one gets a sign, one is taken back, one is answered.
    void amend() {
        const auto edited =
            bob.client().editMessage(ofBob[0].id, "edited", {{core::TextStyle::Code, 0, 6, {}}});
        const auto taken = bob.client().deleteForEveryone(ofBob[1].id);
        core::SendOptions options;
        options.reply = ofBob[2].id;
        options.expireSeconds = 3600;
        options.styles = {{core::TextStyle::Bold, 3, 6, {}},
                          {core::TextStyle::Link, 0, 2, "https://example.org/"}};
        ofBob.push_back(bob.client().sendText(ofBob[0].conversation, "an answer", options).value());
        const auto sign = alice.client().react(ofBob[2].id, "\xF0\x9F\x91\x8D");
        if (!edited || !taken || !sign || !world.until([&] {
                return !bob.client().message(ofBob[2].id)->reactions.empty() &&
                       bob.stateOf(ofBob.back()) >= core::MessageState::Sent;
            })) {
            throw std::runtime_error("nothing was amended");
        }
    }
    static core::Result<core::ArchiveProgress> write(core::Profile& profile, const core::Client& client,
                                                     const fs::path& path, World& world) {
        auto job = rpc::HistoryExport::begin(profile, client, path, world.random, world.clock);
        if (!job) {
            return tl::unexpected(job.error());
        }
        core::Result<core::ArchiveProgress> progress;
        do {
            progress = (*job)->step();
        } while (progress && !progress->isFinished);
        return progress;
    }
    core::Result<core::ArchiveProgress> exportTo(const fs::path& path) {
        return write(bob.profile(), bob.client(), path, world);
    }
    QStringList lines() const {
        QStringList all = QString::fromStdString(readAll(file)).split('\n');
        all.removeLast();
        return all;
    }
    void putLines(const QStringList& lines) { writeAll(file, (lines.join('\n') + '\n').toStdString()); }
    /// Empty when the file as it is now is refused so, and nothing was changed.
    QString refusal(Exit exit, const char* words) {
        core::Profile profile = core::Profile::open(early, {}).value();
        const auto imported = rpc::importHistory(profile, file, {});
        if (imported) {
            return "taken";
        }
        auto rows = profile.database().query("SELECT count(*) FROM message");
        rows.next();
        if (rows.integer(0) != 0) {
            return "something was taken over";
        }
        return imported.error().exit == exit && imported.error().text.find(words) != std::string::npos
                   ? QString()
                   : QString::fromStdString(imported.error().text);
    }
};

std::int64_t count(core::Profile& profile, const char* sql) {
    auto rows = profile.database().query(sql);
    rows.next();
    return rows.integer(0);
}

} // namespace

class TestHistoryFile : public QObject {
    Q_OBJECT
private slots:
    void theSameHistoryComesBack() {
        Talking story;
        const auto written = story.exportTo(story.file);
        QVERIFY2(written.has_value(), written ? "" : written.error().text.c_str());
        QCOMPARE(written->done, std::uint64_t{12});
        const fs::path again = story.files.filePath("again.jsonl").toStdString();
        {
            core::Profile profile = core::Profile::open(story.early, {}).value();
            const auto imported = rpc::importHistory(profile, story.file, {});
            QVERIFY2(imported.has_value(), imported ? "" : imported.error().text.c_str());
            QCOMPARE(imported->messages, std::uint64_t{12});
            QCOMPARE(imported->added, std::uint64_t{12});
            QCOMPARE(rpc::importHistory(profile, story.file, {})->added, std::uint64_t{0});
            // Nothing waits to be sent or read.
            QCOMPARE(count(profile, "SELECT count(*) FROM outbox"), 0);
            QCOMPARE(count(profile, "SELECT sum(unread) FROM conversation"), 0);
            QCOMPARE(count(profile, "SELECT count(*) FROM message WHERE generation > 0"), 0);
            Quiet quiet;
            core::Client client(profile, quiet, quiet, story.world.random, story.world.clock);
            QVERIFY(Talking::write(profile, client, again, story.world).has_value());
            QCOMPARE(client.conversations().size(), std::size_t{1});
            QCOMPARE(client.conversations().front().title, std::string("alice"));
        }
        const QStringList first = story.lines();
        story.file = again;
        const QStringList second = story.lines();
        QCOMPARE(second.size(), first.size());
        QCOMPARE(second.mid(1, second.size() - 2), first.mid(1, first.size() - 2));
        QCOMPARE(QJsonDocument::fromJson(second.last().toUtf8())["history"],
                 QJsonDocument::fromJson(first.last().toUtf8())["history"]);
    }
    void everyLineKeepsItsSchema() {
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        const QStringList lines = story.lines();
        QCOMPARE(lines.size(), 15);
        for (const QString& line : lines) {
            const QJsonObject object = QJsonDocument::fromJson(line.toUtf8()).object();
            const QJsonObject schema = rpc::schemaOf(object["type"].toString().toStdString());
            QVERIFY2(!schema.isEmpty(), qPrintable(line));
            const QString problem = schemaViolation(schema, object);
            QVERIFY2(problem.isEmpty(), qPrintable(problem + "\n" + line));
        }
        QVERIFY(openToOthers(story.file.parent_path() / "early").empty());
        struct stat status {};
        QCOMPARE(::stat(story.file.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0600U);
    }
    void whatDisappearsIsInNoLaterFileAndGoesWhereItIsImported() {
        Talking story;
        const std::string answer = "an answer";
        const auto has = [&] { return readAll(story.file).find(answer) != std::string::npos; };
        QVERIFY(story.exportTo(story.file).has_value());
        QVERIFY(has() && readAll(story.file).find("\"expire_s\":3600,\"expires_ts\":") != std::string::npos);
        core::Profile profile = core::Profile::open(story.early, {}).value();
        QVERIFY(rpc::importHistory(profile, story.file, {}).has_value());
        const auto texts = [&] {
            return count(profile, "SELECT count(*) FROM message WHERE text = 'an answer'");
        };
        Quiet quiet;
        {
            const core::Client client(profile, quiet, quiet, story.world.random, story.world.clock);
            QCOMPARE(texts(), 1);
        }
        story.world.pass(std::chrono::hours(2));
        {
            const core::Client client(profile, quiet, quiet, story.world.random, story.world.clock);
            QCOMPARE(texts(), 0); // before anybody asks for anything
        }
        story.file = story.files.filePath("later.jsonl").toStdString();
        QVERIFY(story.exportTo(story.file).has_value());
        QVERIFY(!has());
    }
    void whatWasNotSentIsNeverSentByAnImport() {
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        const QString last = story.lines().at(13);
        QVERIFY(last.contains("never sent"));
        QVERIFY(last.contains("\"state\":\"failed\""));
    }
    void aReaderThatWasUpToDateStaysSo() {
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        core::Profile profile = core::Profile::open(story.early, {}).value();
        profile.database().run("INSERT INTO setting(name, value) VALUES ('reader:bot', 0)");
        QVERIFY(rpc::importHistory(profile, story.file, {}).has_value());
        QCOMPARE(count(profile, "SELECT value FROM setting WHERE name = 'reader:bot'"),
                 count(profile, "SELECT max(id) FROM message"));
    }
    void stoppedItGoesOnWhereItStopped() {
        Talking story;
        auto& database = story.bob.profile().database();
        database.run("INSERT INTO message(message_id, sender, device, conversation, kind, state, outgoing, "
                     "text, seq, sent_at, received_at, sort_stamp) "
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                     "SELECT randomblob(16), 1, 1, 1, 1, 0, 0, 'line ' || i, 0, i, i, i FROM n");
        QVERIFY(story.exportTo(story.file).has_value());
        core::Profile profile = core::Profile::open(story.early, {}).value();
        int told = 0;
        const auto stopped =
            rpc::importHistory(profile, story.file, [&](const auto&) { return ++told <= 8; });
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().exit, Exit::Interrupted);
        const auto before = count(profile, "SELECT count(*) FROM message");
        QVERIFY(before > 0 && before < 5012);
        const auto imported = rpc::importHistory(profile, story.file, {});
        QVERIFY(imported.has_value());
        QCOMPARE(imported->added, std::uint64_t(5012 - before));
    }
    void aFileThatIsThereIsKept() {
        Talking story;
        writeAll(story.file, "precious");
        QVERIFY(!story.exportTo(story.file));
        QVERIFY(readAll(story.file) == "precious");
        QVERIFY(!story.exportTo("/nonexistent/history.jsonl"));
    }
    void brokenLinesAreNamed_data() {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("no JSON") << QByteArray("{\"account\"") << QByteArray("{account")
                                 << QByteArray("line 5: it is no JSON");
        QTest::newRow("half a pair") << QByteArray("\"text\":\"") << QByteArray("\"text\":\"\\ud83d")
                                     << QByteArray("line 5: it has half of a surrogate pair");
        QTest::newRow("the other half") << QByteArray("\"text\":\"") << QByteArray("\"text\":\"\\udc22x")
                                        << QByteArray("line 5: it has half of a surrogate pair");
        QTest::newRow("no UTF-8") << QByteArray("\"text\":\"") << QByteArray("\"text\":\"\xed\xa0\xbd")
                                  << QByteArray("line 5: it is no JSON");
        QTest::newRow("a member too many") << QByteArray("\"kind\"") << QByteArray("\"mood\":1,\"kind\"")
                                           << QByteArray("line 5: it has a member 'mood'");
        QTest::newRow("a member too few")
            << QByteArray("\"device\":1,") << QByteArray("") << QByteArray("line 5: its member 'device'");
        QTest::newRow("another type") << QByteArray("export_message") << QByteArray("export_sticker")
                                      << QByteArray("line 5: it is of no known type");
        QTest::newRow("no such state") << QByteArray("\"state\":\"") << QByteArray("\"state\":\"x")
                                       << QByteArray("line 5: its member 'state'");
        QTest::newRow("newer") << QByteArray("\"v\":1") << QByteArray("\"v\":2")
                               << QByteArray("line 5: its member 'v'");
    }
    void brokenLinesAreNamed() {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QByteArray, words);
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        QByteArrayList lines = QByteArray::fromStdString(readAll(story.file)).split('\n');
        const QByteArray before = lines[4];
        lines[4].replace(from, to);
        QVERIFY(lines[4] != before);
        writeAll(story.file, lines.join('\n').toStdString());
        QCOMPARE(story.refusal(Exit::Usage, words.constData()), QString());
    }
    void whatIsNotAsItWasExportedIsNamed() {
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        const QStringList whole = story.lines();
        QStringList lines = whole;
        lines[4].replace("alice 1", "alice 7");
        lines[4].replace("bob 1", "bob 7");
        QVERIFY(lines[4] != whole[4]);
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "lines 2 to 14: they are not what was exported"), QString());
        lines = whole;
        lines.removeAt(7);
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "they are not what was exported"), QString());
        lines = whole;
        lines.swapItemsAt(4, 5);
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "they are not what was exported"), QString());
        lines = whole;
        lines.removeLast();
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "line 15: the file ends here"), QString());
        story.putLines(whole + QStringList{whole[4]});
        QCOMPARE(story.refusal(Exit::Damaged, "line 16: there is more"), QString());
        lines = whole;
        lines[0].replace("\"name\":\"bob\"", "\"name\":\"rob\"");
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "line 1: it is not what was exported"), QString());
        writeAll(story.file, readAll(story.file).substr(0, 900));
        QCOMPARE(story.refusal(Exit::Damaged, "it is cut off"), QString());
        writeAll(story.file, "hello\n");
        QCOMPARE(story.refusal(Exit::Usage, "line 1"), QString());
        writeAll(story.file, "{\"type\":\"export\",\"v\":9}\n");
        QCOMPARE(story.refusal(Exit::Usage, "newer version"), QString());
    }
    /// Whoever changes lines and all hashes still has not the account's signature.
    void hashesMadeAnewDoNotHelp() {
        Talking story;
        QVERIFY(story.exportTo(story.file).has_value());
        QStringList lines = story.lines();
        lines[4].replace("alice 1", "alice 7");
        lines[4].replace("bob 1", "bob 7");
        rpc::LineHash hash;
        for (qsizetype i = 1; i < lines.size() - 1; ++i) {
            hash.add(lines[i].toUtf8() + '\n');
        }
        QJsonObject manifest = QJsonDocument::fromJson(lines.last().toUtf8()).object();
        const QString value = QString::fromStdString(hash.value().hex());
        manifest["history"] = value;
        QJsonArray pieces = manifest["conversations"].toArray();
        QJsonObject piece = pieces[0].toObject();
        piece["sha256"] = value; // there is one conversation
        pieces[0] = piece;
        manifest["conversations"] = pieces;
        lines.last() = QString::fromUtf8(rpc::lineOf(manifest)).trimmed();
        story.putLines(lines);
        QCOMPARE(story.refusal(Exit::Damaged, "line 15: the signature is not this account's"), QString());
    }
    void onlyOnesOwnIsBelieved() {
        Talking story;
        QVERIFY(
            Talking::write(story.alice.profile(), story.alice.client(), story.file, story.world).has_value());
        QCOMPARE(story.refusal(Exit::Usage, "the history of another account"), QString());
    }
};

QTEST_GUILESS_MAIN(TestHistoryFile)
#include "test_history_file.moc"
