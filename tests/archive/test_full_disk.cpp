// SPDX-License-Identifier: GPL-3.0-or-later
// What is done with a whole history, on disks that are full sooner or later: it says so, leaves nothing half
// made, and succeeds where there is room.
#include "core/doctor.h"
#include "core/rpc/history_export.h"
#include "core/rpc/history_import.h"
#include "tests/support/child_process.h"
#include "tests/support/folder.h"
#include "tests/support/long_profile.h"
#include "tests/support/small_disk.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr std::size_t kMessages = 400;
constexpr Profile::SealCost kCheap{8 * 1024, 1};

std::string textOf(const Failure& failure) {
    return std::to_string(static_cast<int>(failure.code)) + " " + failure.text;
}

} // namespace

class TestFullDisk : public QObject {
    Q_OBJECT
    QTemporaryDir m_home{quickPlace()};
    SystemRandom m_random;
    SystemClock m_clock;
    std::optional<crypto::RecoveryCode> m_code;

    fs::path home() const { return m_home.path().toStdString(); }
    fs::path disk() const { return home() / "disk"; } ///< the small one, in each child
    fs::path profile() const { return home() / "profile"; }
    static std::int64_t messagesIn(const fs::path& place) {
        Profile opened = Profile::open(place, {}).value();
        auto rows = opened.database().query("SELECT count(*) FROM message");
        rows.next();
        return rows.integer(0);
    }
    /// What counts: without what every process that opens a profile writes for itself.
    std::map<std::string, std::string> filesNow() const {
        auto files = contentsOf(disk());
        files.erase("p/lock");
        files.erase("p/history.db-shm");
        return files;
    }
    template <class T>
    static std::string endOf(const Result<T>& result) {
        return result ? "ok" : textOf(result.error());
    }
    /// With more and more room each time, until it is done: as long as there is too little it says so and
    /// leaves what was there before.
    void withMoreAndMoreRoom(const std::function<void()>& prepare, const std::function<std::string()>& work,
                             const std::function<std::string()>& check) {
        bool failed = false;
        for (std::size_t kibibytes = 16; kibibytes <= 16'384; kibibytes += kibibytes / 4) {
            const std::string report = Child([&]() -> std::string {
                                           if (!mountSmallDisk(disk(), kibibytes * 1024)) {
                                               return "no mount";
                                           }
                                           try {
                                               prepare();
                                           } catch (const fs::filesystem_error&) {
                                               return "too small";
                                           }
                                           const auto before = filesNow();
                                           const std::string end = work();
                                           if (end == "ok") {
                                               return check();
                                           }
                                           return filesNow() == before ? end : "changed: " + end;
                                       }).report();
            if (report == "no mount") {
                QSKIP("no file system may be mounted here");
            }
            if (report == "too small") {
                continue;
            }
            const std::string full = std::to_string(static_cast<int>(FailureCode::DiskFull)) + " ";
            QVERIFY2(report == "ok" || report.starts_with(full),
                     (std::to_string(kibibytes) + " KiB: " + report).c_str());
            if (report == "ok") {
                QVERIFY(failed);
                return;
            }
            failed = true;
        }
        QFAIL("never done");
    }
    std::string backUp(const fs::path& file) {
        Profile opened = Profile::open(profile(), {}).value();
        auto writer = BackupWriter::begin(opened, file, m_random, m_clock);
        Result<ArchiveProgress> progress;
        do {
            if (!writer) {
                return textOf(writer.error());
            }
            progress = writer->step(Milliseconds(5));
        } while (progress && !progress->isFinished);
        return endOf(progress);
    }
    std::string exportTo(const fs::path& file) {
        Profile opened = Profile::open(profile(), {}).value();
        Quiet quiet;
        const Client client(opened, quiet, quiet, m_random, m_clock);
        const auto job = rpc::HistoryExport::begin(opened, client, file, m_random, m_clock);
        if (!job) {
            return textOf(job.error());
        }
        Result<ArchiveProgress> progress;
        do {
            progress = (*job)->step();
        } while (progress && !progress->isFinished);
        return endOf(progress);
    }

private slots:
    void initTestCase() {
        initialiseSodium();
        fs::create_directory(disk());
        m_code.emplace(makeLongProfile(profile(), {kMessages, 7}, m_random, m_clock));
    }
    void aBackupIsWholeOrNone() {
        withMoreAndMoreRoom([] {}, [&] { return backUp(disk() / "backup"); },
                            [&] { return endOf(verifyBackup(disk() / "backup", *m_code, {})); });
    }
    void anExportIsWholeOrNone() {
        withMoreAndMoreRoom([] {}, [&] { return exportTo(disk() / "history.jsonl"); },
                            [&]() -> std::string {
                                const AccountId account = Profile::open(profile(), {})->identity()->account;
                                const auto read = rpc::verifyHistory(account, disk() / "history.jsonl", {});
                                return read && read->messages == kMessages ? "ok" : "not whole";
                            });
    }
    void aRestoredProfileIsWholeOrNone() {
        const fs::path backup = home() / "backup";
        QCOMPARE(backUp(backup), std::string("ok"));
        withMoreAndMoreRoom(
            [] {},
            [&] { return endOf(restoreBackup(backup, *m_code, disk() / "p", {}, kCheap, m_random, {})); },
            [&]() -> std::string { return messagesIn(disk() / "p") == kMessages ? "ok" : "not whole"; });
    }
    /// What there was room for is there, and the import goes on when there is more.
    void anImportGoesOnWhenThereIsRoom() {
        const fs::path file = home() / "history.jsonl";
        QCOMPARE(exportTo(file), std::string("ok"));
        const std::string report =
            Child([&]() -> std::string {
                if (!mountSmallDisk(disk(), 4 << 20)) {
                    return "no mount";
                }
                fs::copy(profile(), disk() / "p", fs::copy_options::recursive);
                Profile opened = Profile::open(disk() / "p", {}).value();
                opened.database().execute("DELETE FROM message");
                opened.database().execute("VACUUM");
                const auto available = fs::space(disk()).available;
                writeAll(disk() / "filler", std::string(available - 64 * 1024, 'x'));
                const auto refused = rpc::importHistory(opened, file, {});
                if (refused || refused.error().code != "disk_full") {
                    return refused ? "there was room" : refused.error().code + " " + refused.error().text;
                }
                fs::remove(disk() / "filler");
                const auto imported = rpc::importHistory(opened, file, {});
                return imported && imported->messages == kMessages ? "ok" : "not imported";
            }).report();
        if (report == "no mount") {
            QSKIP("no file system may be mounted here");
        }
        QCOMPARE(report, std::string("ok"));
    }
    void aRepairIsWholeOrNone() {
        const fs::path damaged = home() / "damaged";
        fs::copy(profile(), damaged, fs::copy_options::recursive);
        std::string history = readAll(damaged / "history.db");
        history.replace(history.size() / 2 / 4096 * 4096, 4096, std::string(4096, '\0'));
        writeAll(damaged / "history.db", history);
        withMoreAndMoreRoom([&] { fs::copy(damaged, disk() / "p", fs::copy_options::recursive); },
                            [&] { return endOf(repairProfile(disk() / "p", {})); },
                            [&]() -> std::string {
                                return messagesIn(disk() / "p") >=
                                               static_cast<std::int64_t>(kMessages) * 9 / 10
                                           ? "ok"
                                           : "not whole";
                            });
    }
};

QTEST_GUILESS_MAIN(TestFullDisk)
#include "test_full_disk.moc"
