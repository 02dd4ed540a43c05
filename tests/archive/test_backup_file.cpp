// SPDX-License-Identifier: GPL-3.0-or-later
// Backups: what they bring back, what they leave out, and what is refused.
#include "core/archive/backup.h"
#include "core/archive/carried_tables.h"
#include "tests/support/child_process.h"
#include "tests/support/folder.h"
#include "tests/support/forger.h"

#include <QTemporaryDir>
#include <QTest>
#include <set>

using namespace sotto;
using namespace sotto::test;
using core::FailureCode;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr core::Profile::SealCost kCheap{8 * 1024, 1};

/// Alice and Bob have talked, and Bob's recovery code is known.
struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.visitor("bob");
    std::optional<crypto::RecoveryCode> code;
    QTemporaryDir files;
    fs::path file = files.filePath("bob.backup").toStdString();

    Talking() {
        const auto printed = bob.client().createAccount("bob", world.joinLink()).value();
        code = std::move(*crypto::RecoveryCode::parse(textOf(printed.expose())));
        bob.client().start();
        if (!world.until([&] { return bob.client().link().state == core::LinkState::Drained; })) {
            throw std::runtime_error("bob is not registered");
        }
        alice.knows(bob);
        for (auto [from, to] : {std::pair(&bob, &alice), std::pair(&alice, &bob)}) {
            const auto said = from->says(*to, "from " + from->name());
            if (!world.until(
                    [&, from = from] { return from->stateOf(said) == core::MessageState::Delivered; })) {
                throw std::runtime_error(from->name() + " is not heard");
            }
        }
        world.pass(seconds(5));
    }
    core::BackupWriter begin() {
        return core::BackupWriter::begin(bob.profile(), file, world.random, world.clock).value();
    }
    void backUp() {
        auto writer = begin();
        while (!writer.step(Milliseconds(1)).value().isFinished) {
        }
    }
    core::Result<core::BackupInfo> verify() { return core::verifyBackup(file, *code, {}); }
    core::Result<core::BackupInfo> restoreTo(const fs::path& directory,
                                             const core::OnArchiveProgress& onProgress = {}) {
        return core::restoreBackup(file, *code, directory, {}, kCheap, world.random, onProgress);
    }
    /// Bob's computer is gone; what the backup has is put in its place.
    void restore() {
        bob.whileClosed([&](const auto& directory) {
            fs::remove_all(directory);
            const auto restored = restoreTo(directory);
            if (!restored) {
                throw std::runtime_error(restored.error().text);
            }
        });
    }
    /// Empty when the file as it is now is refused as this, by both, and nothing is made of it.
    QString refusal(FailureCode wanted, const char* words) {
        const fs::path place = files.filePath("profile").toStdString();
        const auto verified = verify();
        const auto restored = restoreTo(place);
        for (const auto& result : {verified, restored}) {
            if (result || result.error().code != wanted ||
                result.error().text.find(words) == std::string::npos) {
                return result ? QStringLiteral("taken") : QString::fromStdString(result.error().text);
            }
        }
        return std::distance(fs::directory_iterator(files.path().toStdString()), {}) == 1
                   ? QString()
                   : QStringLiteral("something was left behind");
    }
};

std::int64_t count(Person& person, const char* sql) {
    auto rows = person.profile().database().query(sql);
    rows.next();
    return rows.integer(0);
}

bool hasAlarm(Person& person, const char* words) {
    const auto alarms = person.client().alarms();
    return std::ranges::any_of(
        alarms, [&](const auto& alarm) { return alarm.text.find(words) != std::string::npos; });
}

std::map<std::string, std::string> indexesOf(Person& person) {
    std::map<std::string, std::string> indexes;
    for (auto rows = person.profile().database().query(
             "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'index'");
         rows.next();) {
        indexes.emplace(rows.text(0), rows.text(1));
    }
    return indexes;
}

} // namespace

class TestBackupFile : public QObject {
    Q_OBJECT
private slots:
    void aRestoredProfileHasEverythingAndBeginsAnewBeforeItSends() {
        Talking story;
        auto& [world, alice, bob, code, files, file] = story;
        story.backUp();
        const auto info = story.verify();
        QVERIFY2(info.has_value(), info ? "" : info.error().text.c_str());
        QCOMPARE(info->account, bob.address().account);
        QCOMPARE(info->messages, std::uint64_t(count(bob, "SELECT count(*) FROM message")));
        const Lines before = bob.texts();
        for (int i = 0; i < 3; ++i) {
            bob.says(alice, "lost at bob " + std::to_string(i));
            alice.says(bob, "said to the lost one " + std::to_string(i));
            world.pass(seconds(5));
        }
        alice.goOffline();
        alice.says(bob, "under way");
        story.restore();
        QVERIFY(indexesOf(bob) == indexesOf(alice)); // they are made after the rows
        const Lines after = bob.texts();
        QVERIFY(std::ranges::includes(std::set(after.begin(), after.end()),
                                      std::set(before.begin(), before.end())));
        bob.says(alice, "from the restored one");
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.texts().size() == 10; }, minutes(10)));
        QCOMPARE(alice.texts().back(), std::string("from the restored one"));
        QVERIFY(hasAlarm(bob, "restored from an older copy"));
        QVERIFY(hasAlarm(alice, "began anew"));
        QVERIFY(!hasAlarm(alice, "used an encryption key twice"));
        QVERIFY(world.until(
            [&] {
                return bob.client().status().placeholders == 0 && alice.client().status().placeholders == 0;
            },
            minutes(30)));
        QVERIFY(world.until([&] { return alice.client().status().resendsHeld == 3; }, minutes(30)));
        QVERIFY(alice.client().answerHeldResends(alice.contact("bob").key, core::HeldAnswer::Send));
        QVERIFY(world.until([&] { return bob.textsFrom("alice").size() == 5; }, minutes(5)));
        alice.says(bob, "welcome back");
        bob.says(alice, "thank you");
        QVERIFY(world.until([&] { return alice.texts().size() == 12 && bob.texts().back() == "thank you"; },
                            minutes(5)));
    }
    /// A backup is a copy like any other: what is over is gone when it is restored, before anybody sees it.
    void whatIsOverWhenItIsRestoredIsGone() {
        Talking story;
        auto& [world, alice, bob, code, files, file] = story;
        core::SendOptions hour;
        hour.expireSeconds = 3600;
        const auto conversation = alice.client().conversationWith(alice.contact("bob").key).value();
        const auto fleeting = alice.client().sendText(conversation, "zqfleeting", hour).value();
        alice.says(bob, "lasting");
        QVERIFY(world.until([&] { return bob.texts().size() == 4; }));
        const auto read = bob.history("alice").back();
        QVERIFY(bob.client().markRead(read.conversation, read.key));
        QVERIFY(bob.client().message(fleeting.id)->expiresAt > 0);
        story.backUp();
        world.pass(hours(2));
        story.restore();
        QCOMPARE(bob.client().message(fleeting.id)->kind, core::MessageKind::Expired);
        QVERIFY(bob.client().message(fleeting.id)->text.empty());
        QCOMPARE(bob.texts().size(), 3U);
        QCOMPARE(count(bob, "SELECT count(*) FROM message WHERE text LIKE '%zqfleeting%'"), 0);
    }
    /// R15: whatever another copy may have used is not there to be used again.
    void noRatchetAndNoPrekeyComesBack() {
        Talking story;
        QVERIFY(count(story.bob, "SELECT count(*) FROM session") > 0);
        story.backUp();
        story.alice.goOffline();
        story.bob.goOffline();
        story.restore();
        for (const char* sql : {"SELECT count(*) FROM session", "SELECT count(*) FROM one_time_prekey",
                                "SELECT count(*) FROM signed_prekey", "SELECT count(*) FROM base_key"}) {
            QCOMPARE(count(story.bob, sql), 0);
        }
        QVERIFY(count(story.bob, "SELECT count(*) FROM prekey_id") > 0); // none is given out twice
    }
    void everyTableIsDecided() {
        Talking story;
        std::set<std::string> undecided;
        for (auto rows =
                 story.bob.profile().database().query("SELECT name FROM sqlite_schema WHERE type = 'table' "
                                                      "AND name NOT LIKE 'search\\_%' ESCAPE '\\'");
             rows.next();) {
            undecided.insert(rows.text(0));
        }
        undecided.insert({"search_range", "search_block", "search_word"});
        for (const auto& known : {std::span<const std::string_view>(core::kCarriedTables),
                                  std::span<const std::string_view>(core::kRatchetTables),
                                  std::span<const std::string_view>(core::kRebuiltTables)}) {
            for (const std::string_view name : known) {
                QVERIFY2(undecided.erase(std::string(name)) == 1, std::string(name).c_str());
            }
        }
        QVERIFY2(undecided.empty(), undecided.empty() ? "" : undecided.begin()->c_str());
    }
    void searchFindsWhatWasRestored() {
        Talking story;
        story.backUp();
        story.restore();
        story.world.pass(seconds(10));
        core::SearchRequest request;
        request.text = "alice";
        const auto page = story.bob.client().search(request);
        QVERIFY(page.has_value());
        QCOMPARE(page->hits.size(), std::size_t{1});
    }
    void itIsTheStateOfTheMomentWhenItBegan() {
        Talking story;
        auto writer = story.begin();
        QVERIFY(!writer.step(Milliseconds(0)).value().isFinished);
        story.bob.says(story.alice, "later");
        while (!writer.step(Milliseconds(0)).value().isFinished) {
        }
        QVERIFY(story.bob.texts().back() == "later");
        story.alice.goOffline();
        story.restore();
        QVERIFY(story.bob.texts().back() != "later");
    }
    void noWordOfItCanBeReadInTheFile() {
        Talking story;
        story.backUp();
        const std::string bytes = readAll(story.file);
        for (const char* word : {"from alice", "from bob", "bob", "CREATE", "message"}) {
            QVERIFY2(bytes.find(word) == std::string::npos, word);
        }
        QVERIFY(openToOthers(story.file.parent_path()) == std::vector<std::string>());
    }
    void aFileThatIsThereIsKept() {
        Talking story;
        writeAll(story.file, "precious");
        const auto begun =
            core::BackupWriter::begin(story.bob.profile(), story.file, story.world.random, story.world.clock);
        QVERIFY(!begun);
        QCOMPARE(begun.error().code, FailureCode::Invalid);
        QVERIFY(readAll(story.file) == "precious");
        fs::remove(story.file);
        auto writer = story.begin();
        writeAll(story.file, "came meanwhile");
        core::Result<core::ArchiveProgress> last;
        do {
            last = writer.step(Milliseconds(1));
        } while (last && !last->isFinished);
        QVERIFY(!last);
        QCOMPARE(last.error().code, FailureCode::Invalid);
        QVERIFY(readAll(story.file) == "came meanwhile");
    }
    void stoppedItLeavesNothing() {
        Talking story;
        {
            auto writer = story.begin();
            QVERIFY(writer.step(Milliseconds(0)).has_value());
        }
        QVERIFY(fs::is_empty(story.files.path().toStdString()));
        story.backUp();
        const fs::path place = story.files.filePath("profile").toStdString();
        const auto restored = story.restoreTo(place, [](const auto&) { return false; });
        QVERIFY(!restored);
        QVERIFY(restored.error().text.find("stopped") != std::string::npos);
        QVERIFY(!fs::exists(place));
        QVERIFY(story.restoreTo(place).has_value());
    }
    void whereNoFileCanBeItSaysSo() {
        Talking story;
        const auto begun = core::BackupWriter::begin(story.bob.profile(), "/dev/full", story.world.random,
                                                     story.world.clock);
        QVERIFY(!begun); // there is something of that name
        const auto nowhere = core::BackupWriter::begin(story.bob.profile(), "/nonexistent/backup",
                                                       story.world.random, story.world.clock);
        QCOMPARE(nowhere.error().code, FailureCode::NotFound);
    }
    void anotherCodeIsSaidToBeAnother() {
        Talking story;
        story.backUp();
        story.code = crypto::RecoveryCode::generate(story.world.random);
        QCOMPARE(story.refusal(FailureCode::Locked, "not the one of the account"), QString());
    }
    void whatIsNoBackupOrANewerOneIsRefused() {
        Talking story;
        story.backUp();
        const std::string whole = readAll(story.file);
        writeAll(story.file, "sotto backup 2\n" + whole.substr(15));
        QCOMPARE(story.refusal(FailureCode::Invalid, "newer version"), QString());
        writeAll(story.file, "SQLite format 3" + whole.substr(15));
        QCOMPARE(story.refusal(FailureCode::Invalid, "no backup"), QString());
        writeAll(story.file, "");
        QCOMPARE(story.refusal(FailureCode::Invalid, "no backup"), QString());
    }
    void everyFlippedBitIsNoticed() {
        Talking story;
        story.backUp();
        const std::string whole = readAll(story.file);
        for (int i = 0; i < 200; ++i) {
            std::string broken = whole;
            const auto at = static_cast<std::size_t>(story.world.random.below(whole.size()));
            broken[at] = static_cast<char>(broken[at] ^ (1 << story.world.random.below(8)));
            writeAll(story.file, broken);
            QVERIFY2(!story.verify(), qPrintable(QString("byte %1").arg(at)));
        }
        std::string broken = whole;
        broken[whole.size() / 2] = static_cast<char>(broken[whole.size() / 2] ^ 1);
        writeAll(story.file, broken);
        QCOMPARE(story.refusal(FailureCode::Damaged, "at byte "), QString());
    }
    void whatIsCutOffOrPutTogetherIsNoticed() {
        Talking story;
        for (int i = 0; i < 4; ++i) {
            story.bob.says(story.alice, std::string(60'000, 'x')); // several pieces
        }
        story.backUp();
        const std::string whole = readAll(story.file);
        for (int i = 0; i < 100; ++i) {
            writeAll(story.file, whole.substr(0, 63 + story.world.random.below(whole.size() - 63)));
            QVERIFY(!story.verify());
        }
        writeAll(story.file, whole.substr(0, whole.size() - 1));
        QCOMPARE(story.refusal(FailureCode::Damaged, "cut off"), QString());
        // Cut exactly between two pieces.
        constexpr std::size_t kHeader = 15 + 32 + 16;
        constexpr std::size_t kPiece = 4 + core::kPieceBytes + 16;
        QVERIFY(whole.size() > kHeader + 3 * kPiece);
        writeAll(story.file, whole.substr(0, kHeader + 2 * kPiece));
        QCOMPARE(story.refusal(FailureCode::Damaged, "cut off"), QString());
        const std::string first = whole.substr(kHeader, kPiece);
        const std::string second = whole.substr(kHeader + kPiece, kPiece);
        writeAll(story.file, whole.substr(0, kHeader) + second + first + whole.substr(kHeader + 2 * kPiece));
        QCOMPARE(story.refusal(FailureCode::Damaged, "put together"), QString());
        writeAll(story.file, whole.substr(0, kHeader) + first + whole.substr(kHeader + 2 * kPiece));
        QCOMPARE(story.refusal(FailureCode::Damaged, "put together"), QString());
        writeAll(story.file, whole + first);
        QCOMPARE(story.refusal(FailureCode::Damaged, "more than was written"), QString());
        writeAll(story.file, whole);
        QVERIFY(story.verify().has_value());
    }
    void aProfileOfBeforeNeedsItsCodeOnce() {
        Talking story;
        story.bob.profile().database().run("DELETE FROM setting WHERE name = 'backup_key'");
        const auto begun =
            core::BackupWriter::begin(story.bob.profile(), story.file, story.world.random, story.world.clock);
        QCOMPARE(begun.error().code, FailureCode::Locked);
        QVERIFY(core::setBackupKey(story.bob.profile().database(), crypto::BackupKey(*story.code).publicKey())
                    .has_value());
        story.backUp();
        QVERIFY(story.verify().has_value());
    }
    /// Attack case 84: rows that no profile of that version has, from somebody who knows the key.
    void rowsThatDoNotBelongAreRefused_data() {
        QTest::addColumn<QString>("sql");
        QTest::newRow("a message of nobody") << "UPDATE message SET sender = 4711";
        QTest::newRow("a conversation that is not there") << "DELETE FROM conversation";
    }
    void rowsThatDoNotBelongAreRefused() {
        QFETCH(QString, sql);
        Talking story;
        story.world.pass(seconds(1));
        auto& database = story.bob.profile().database();
        database.execute("PRAGMA foreign_keys = OFF");
        database.execute(sql.toStdString());
        story.backUp();
        QVERIFY(story.verify().has_value());
        const auto restored = story.restoreTo(story.files.filePath("profile").toStdString());
        QVERIFY(!restored);
        QCOMPARE(restored.error().code, FailureCode::Damaged);
        QVERIFY2(restored.error().text.find("do not belong together") != std::string::npos,
                 restored.error().text.c_str());
        QVERIFY(!fs::exists(story.files.filePath("profile").toStdString()));
        database.execute("PRAGMA foreign_keys = ON");
    }
};

QTEST_GUILESS_MAIN(TestBackupFile)
#include "test_backup_file.moc"
