// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"
#include "core/storage/protocol_store.h"
#include "tests/support/folder.h"
#include "tests/support/small_disk.h"
#include "tests/support/syscall_trace.h"

#include <QTest>
#include <grp.h>
#include <sys/mount.h>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr uid_t kNobody = 65534;

std::string textOf(const Result<Profile>& result) {
    return result ? "ok" : std::to_string(static_cast<int>(result.error().code)) + " " + result.error().text;
}

} // namespace

/// Profiles between processes: kills at any time, races, full and read-only disks.
class TestProfileProcesses : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    SystemRandom m_random;
    AccountId m_account;

    fs::path home() const { return m_home->path().toStdString(); }
    fs::path place() const { return home() / "alice"; }
    Identity makeIdentity() {
        return {m_account, DeviceNumber{1}, crypto::DeviceKeys::generate(m_random),
                crypto::SignerKey::generate(m_random)};
    }
    std::string create() { return textOf(Profile::create(place(), {}, m_random)); }
    /// Whatever a kill left: a whole profile, or none and the way free for one. Then nothing else lies
    /// around.
    QString workAfterAKill() {
        const auto opened = Profile::open(place(), {});
        if (!opened && opened.error().code != FailureCode::NotFound) {
            return "after the kill: " + QString::fromStdString(opened.error().text);
        }
        if (!opened) {
            if (const std::string made = create(); made != "ok") {
                return "creating again: " + QString::fromStdString(made);
            }
            const auto contents = contentsOf(home());
            return std::ranges::all_of(contents,
                                       [](const auto& file) { return file.first.starts_with("alice/"); })
                       ? ""
                       : "leftovers";
        }
        return {};
    }

private slots:
    void initTestCase() {
        initialiseSodium();
        m_account = m_random.next<AccountId>();
    }
    void init() { m_home = std::make_unique<QTemporaryDir>(quickPlace()); }

    void killedAtEverySystemCallOfItsMakingAProfileIsWholeOrNone() {
        int none = 0;
        int whole = 0;
        for (const KillWhen when : {KillWhen::Before, KillWhen::After}) {
            for (int k = 1;; ++k) {
                fs::remove_all(home());
                fs::create_directory(home());
                const auto run = runUntilCall(k, when, [&] { return create(); });
                if (!run) {
                    QSKIP("ptrace is not allowed here");
                }
                if (!run->killed) {
                    QCOMPARE(run->report, std::string("ok"));
                    QVERIFY(k > 30);
                    break;
                }
                ++(fs::exists(place()) ? whole : none);
                const QString result = workAfterAKill();
                QVERIFY2(result.isEmpty(), qPrintable(QString("call %1: %2").arg(k).arg(result)));
            }
        }
        QVERIFY(none > 30);
        QVERIFY(whole > 0);
    }
    void killedAtEverySystemCallOfAStoreTheIdentityIsTheOldOrTheNew() {
        const AccountId other = m_random.next<AccountId>();
        QVERIFY(Profile::create(place(), {}, m_random)
                    .value()
                    .storeIdentity(makeIdentity(), m_random)
                    .has_value());
        const GenerationPair pair{{7, m_random.next<decltype(Generation::nonce)>()}, {}};
        bool sawOld = false;
        bool sawNew = false;
        for (const KillWhen when : {KillWhen::Before, KillWhen::After}) {
            for (int k = 1;; ++k) {
                {
                    Profile profile = Profile::open(place(), {}).value();
                    QVERIFY(profile.storeIdentity(makeIdentity(), m_random).has_value());
                    QVERIFY(profile.storeGeneration({}).has_value());
                }
                const auto run = runUntilCall(k, when, [&]() -> std::string {
                    Profile profile = Profile::open(place(), {}).value();
                    Identity identity = makeIdentity();
                    identity.account = other;
                    return profile.storeIdentity(std::move(identity), m_random) &&
                                   profile.storeGeneration(pair)
                               ? "ok"
                               : "failed";
                });
                if (!run) {
                    QSKIP("ptrace is not allowed here");
                }
                if (!run->killed) {
                    QCOMPARE(run->report, std::string("ok"));
                    break;
                }
                const auto opened = Profile::open(place(), {});
                QVERIFY2(
                    opened.has_value(),
                    qPrintable(QString("call %1: %2").arg(k).arg(opened ? "" : opened.error().text.c_str())));
                const bool isNew = opened->identity()->account == other;
                QVERIFY(isNew || opened->identity()->account == m_account);
                QVERIFY(opened->generation() == GenerationPair{} || (isNew && opened->generation() == pair));
                QVERIFY(readAll(place() / "identity.a") == readAll(place() / "identity.b"));
                sawOld = sawOld || !isNew;
                sawNew = sawNew || isNew;
            }
        }
        QVERIFY(sawOld && sawNew);
    }
    void killedAtRandomTimesAProfileIsWholeOrNone() {
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(create(), std::string("ok"));
        const auto takes = static_cast<std::uint64_t>(timer.nsecsElapsed()) * 5 / 4;
        for (int i = 0; i < 50; ++i) {
            fs::remove_all(place());
            Child child([&] { return create(); });
            const timespec wait{
                0, static_cast<long>(m_random.below(std::min<std::uint64_t>(takes, 999'999'999)))};
            ::nanosleep(&wait, nullptr);
            child.kill();
            child.wait();
            const QString result = workAfterAKill();
            QVERIFY2(result.isEmpty(), qPrintable(result));
        }
    }
    void ofTwoProcessesThatOpenAtOnceExactlyOneWins() {
        QCOMPARE(create(), std::string("ok"));
        for (int i = 0; i < 200; ++i) {
            Gate start;
            Gate end;
            std::array<int, 2> results{};
            QCOMPARE(::pipe(results.data()), 0);
            const auto race = [&]() -> std::string {
                start.wait();
                const auto opened = Profile::open(place(), {});
                const char letter = opened ? 'w' : opened.error().code == FailureCode::Locked ? 'l' : 'x';
                [[maybe_unused]] const ssize_t written = ::write(results[1], &letter, 1);
                end.wait(); // the winner keeps it until both have tried
                return textOf(opened);
            };
            Child first(race);
            Child second(race);
            start.open();
            std::string both(2, '-');
            QCOMPARE(::read(results[0], &both[0], 1), 1);
            QCOMPARE(::read(results[0], &both[1], 1), 1);
            end.open();
            std::ranges::sort(both);
            QVERIFY2(both == "lw", (first.report() + "; " + second.report()).c_str());
            ::close(results[0]);
            ::close(results[1]);
        }
    }
    void ofTwoProcessesThatMakeOneProfileExactlyOneDoes() {
        for (int i = 0; i < 30; ++i) {
            fs::remove_all(place());
            Gate start;
            const auto race = [&]() -> std::string {
                start.wait();
                return create();
            };
            Child first(race);
            Child second(race);
            start.open();
            const std::string a = first.report();
            const std::string b = second.report();
            QVERIFY2((a == "ok") != (b == "ok"), (a + "; " + b).c_str());
            QVERIFY2((a + b).find("already") != std::string::npos, (a + "; " + b).c_str());
            QCOMPARE(textOf(Profile::open(place(), {})), std::string("ok"));
            QVERIFY(std::ranges::distance(fs::directory_iterator(home())) == 1);
        }
    }
    void whenTheHolderIsKilledTheNextOneOpens() {
        QCOMPARE(create(), std::string("ok"));
        for (int i = 0; i < 20; ++i) {
            std::array<int, 2> ready{};
            QCOMPARE(::pipe(ready.data()), 0);
            Gate never;
            Child holder([&]() -> std::string {
                const auto opened = Profile::open(place(), {});
                [[maybe_unused]] const ssize_t written = ::write(ready[1], opened ? "w" : "l", 1);
                never.wait();
                return {};
            });
            char letter = '-';
            QCOMPARE(::read(ready[0], &letter, 1), 1);
            QCOMPARE(letter, 'w');
            const auto refused = Profile::open(place(), {});
            QCOMPARE(refused.error().code, FailureCode::Locked);
            QVERIFY(refused.error().text.find("process " + std::to_string(holder.process())) !=
                    std::string::npos);
            holder.kill();
            holder.wait();
            QCOMPARE(textOf(Profile::open(place(), {})), std::string("ok"));
            ::close(ready[0]);
            ::close(ready[1]);
        }
    }
    void onAFullDiskNothingIsMadeAndTheReasonIsSaid() {
        bool failed = false;
        bool made = false;
        for (std::size_t kibibytes = 4; kibibytes <= 2048; kibibytes += kibibytes < 512 ? 12 : 256) {
            const std::string report = Child([&]() -> std::string {
                                           if (!mountSmallDisk(home(), kibibytes * 1024)) {
                                               return "no mount";
                                           }
                                           const std::string result = create();
                                           if (result == "ok") {
                                               return textOf(Profile::open(place(), {}));
                                           }
                                           if (!contentsOf(home()).empty()) {
                                               return "leftovers after: " + result;
                                           }
                                           return result;
                                       }).report();
            if (report == "no mount") {
                QSKIP("no file system may be mounted here");
            }
            const std::string full = std::to_string(static_cast<int>(FailureCode::DiskFull)) + " ";
            QVERIFY2(report == "ok" || report.starts_with(full),
                     (std::to_string(kibibytes) + " KiB: " + report).c_str());
            failed = failed || report != "ok";
            made = made || report == "ok";
        }
        QVERIFY(failed);
        QVERIFY(made);
    }
    void onADiskThatFillsUpLaterNothingIsLost() {
        const std::string report =
            Child([&]() -> std::string {
                if (!mountSmallDisk(home(), 4 << 20)) {
                    return "no mount";
                }
                Profile profile = Profile::create(place(), {}, m_random).value();
                const GenerationPair pair{{1, m_random.next<decltype(Generation::nonce)>()}, {}};
                if (!profile.storeIdentity(makeIdentity(), m_random) || !profile.storeGeneration(pair)) {
                    return "cannot store on an empty disk";
                }
                writeAll(home() / "filler", std::string(8 << 20, 'x')); // as much as there is room for
                Identity other = makeIdentity();
                other.account = m_random.next<AccountId>();
                const auto identity = profile.storeIdentity(std::move(other), m_random);
                const auto generation = profile.storeGeneration({});
                if (identity || generation || identity.error().code != FailureCode::DiskFull ||
                    generation.error().code != FailureCode::DiskFull) {
                    return "not refused as full";
                }
                if (profile.identity()->account != m_account || profile.generation() != pair) {
                    return "changed in memory";
                }
                // The log still has its room: closing and opening again needs some for the index.
                { const Profile closed = std::move(profile); }
                const auto tight = Profile::open(place(), {});
                if (!tight && tight.error().code != FailureCode::DiskFull) {
                    return "opening on the full disk: " + textOf(tight);
                }
                return "kept";
            }).report();
        if (report == "no mount") {
            QSKIP("no file system may be mounted here");
        }
        QCOMPARE(report, std::string("kept"));
    }
    void withoutPermissionNothingIsMadeOrOpenedAndTheReasonIsSaid() {
        QCOMPARE(create(), std::string("ok"));
        const bool isRoot = ::geteuid() == 0;
        const auto giveAway = [&](const fs::path& path) {
            return !isRoot || ::chown(path.c_str(), kNobody, kNobody) == 0;
        };
        QVERIFY(giveAway(home()) && giveAway(place()));
        for (const auto& entry : fs::directory_iterator(place())) {
            QVERIFY(giveAway(entry.path()));
        }
        const auto asUser = [&](const std::function<std::string()>& run) {
            return Child([&]() -> std::string {
                       if (isRoot && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 ||
                                      ::setuid(kNobody) != 0)) {
                           return "cannot become nobody";
                       }
                       return run();
                   })
                .report();
        };
        const std::string locked = std::to_string(static_cast<int>(FailureCode::Locked)) + " ";
        QCOMPARE(asUser([&] { return textOf(Profile::open(place(), {})); }), std::string("ok"));
        fs::permissions(place() / "history.db", fs::perms::none);
        std::string report = asUser([&] { return textOf(Profile::open(place(), {})); });
        QVERIFY2(report.starts_with(locked) && report.find("history.db") != std::string::npos,
                 report.c_str());
        fs::permissions(place() / "history.db", fs::perms::owner_read | fs::perms::owner_write);
        fs::permissions(place(), fs::perms::owner_read | fs::perms::owner_exec);
        report = asUser([&] {
            auto opened = Profile::open(place(), {});
            return opened && opened->storeGeneration({}) ? "stored" : textOf(opened);
        });
        QVERIFY2(report.starts_with(locked) || report == "ok", report.c_str());
        fs::permissions(home(), fs::perms::owner_read | fs::perms::owner_exec);
        report = asUser([&] { return textOf(Profile::create(home() / "bob", {}, m_random)); });
        QVERIFY2(report.starts_with(locked), report.c_str());
        fs::permissions(home(), fs::perms::owner_all);
        fs::permissions(place(), fs::perms::owner_all);
        if (isRoot) { // somebody else's profile, even for root
            report = textOf(Profile::open(place(), {}));
            QVERIFY2(report.starts_with(locked) && report.find("another user") != std::string::npos,
                     report.c_str());
        }
    }
    void onAReadOnlyDiskTheReasonIsSaid() {
        QCOMPARE(create(), std::string("ok"));
        const std::string report =
            Child([&]() -> std::string {
                if (::unshare(CLONE_NEWNS) != 0 ||
                    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                    ::mount(home().c_str(), home().c_str(), nullptr, MS_BIND, nullptr) != 0 ||
                    ::mount("none", home().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) !=
                        0) {
                    return "no mount";
                }
                return textOf(Profile::open(place(), {})) + "\n" +
                       textOf(Profile::create(home() / "bob", {}, m_random));
            }).report();
        if (report == "no mount") {
            QSKIP("no file system may be mounted here");
        }
        const QStringList lines = QString::fromStdString(report).split('\n');
        for (const QString& line : lines) {
            QVERIFY2(line.startsWith(QString::number(static_cast<int>(FailureCode::Locked))) &&
                         line.contains("read-only"),
                     qPrintable(line));
        }
    }
};

QTEST_GUILESS_MAIN(TestProfileProcesses)
#include "test_profile_processes.moc"
