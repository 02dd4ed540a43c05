// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/repaired_history.h"
#include "core/salvage/mend.h"
#include "core/storage/setting_store.h"
#include "tests/damage/forged_pages.h"
#include "tests/damage/mutation.h"
#include "tests/support/history_fixture.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

/// A history with bad pages gives back every row that still stands somewhere, and says which do not (case
/// 75).
class TestSalvage : public QObject {
    Q_OBJECT
    static constexpr std::size_t kMessages = 700;
    static constexpr std::size_t kPage = 4096;
    std::unique_ptr<DamagedProfile> m_closed;
    std::unique_ptr<DamagedProfile> m_killed; ///< with a log
    std::map<std::string, std::int64_t> m_roots;

    static void blank(const DamagedProfile& profile, std::int64_t page) {
        std::string contents = readAll(profile.history());
        contents.replace(static_cast<std::size_t>(page - 1) * kPage, kPage, std::string(kPage, '\xA5'));
        profile.overwrite("history.db", contents);
    }
    /// Repairs what is damaged now; empty if every promise held.
    static QString repairing(const DamagedProfile& profile, std::size_t leastBack = 950) {
        const auto repaired = repairProfile(profile.place(), {});
        if (!repaired) {
            return QString::fromStdString(repaired.error().text);
        }
        if (!repaired->isRepaired) {
            return "not repaired";
        }
        if (const std::string opened = profile.opening(); !opened.empty()) {
            return QString::fromStdString(opened);
        }
        const Truth now = profile.rowsNow();
        if (const auto unnamed = unnamedLosses(profile.truth(), now, *repaired); !unnamed.empty()) {
            return "not named: " + QString::fromStdString(unnamed.front());
        }
        const std::size_t back = messagesBack(profile.truth(), now) * 1000 / profile.messages();
        return back >= leastBack ? QString() : QString("only %1 of 1000 messages are back").arg(back);
    }

private slots:
    void initTestCase() {
        m_closed = std::make_unique<DamagedProfile>(kMessages, false);
        m_killed = std::make_unique<DamagedProfile>(kMessages, true);
        auto database = HistoryFixture::open(m_closed->history(), &m_closed->key());
        for (auto rows = database.query("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 1");
             rows.next();) {
            m_roots[rows.text(0)] = rows.integer(1);
        }
        QVERIFY(m_roots.size() > 40);
    }

    void aSoundProfileIsSoundAndStaysAsItIs() {
        for (const DamagedProfile* profile : {m_closed.get(), m_killed.get()}) {
            profile->reset();
            const auto before = profile->filesNow();
            const auto examined = examineProfile(profile->place(), {});
            QVERIFY2(examined.has_value(), examined ? "" : examined.error().text.c_str());
            QVERIFY2(examined->isSound, examined->findings.empty() ? "" : examined->findings.front().c_str());
            QVERIFY(examined->losses.empty());
            QVERIFY(repairProfile(profile->place(), {})->isSound);
            QVERIFY(profile->filesNow() == before);
        }
    }
    void theReaderSeesWhatSqliteSees() {
        for (const DamagedProfile* profile : {m_closed.get(), m_killed.get()}) {
            profile->reset();
            const auto file = PageFile::open(profile->history(), {}, profile->key());
            QVERIFY(file.has_value());
            QVERIFY(file->damaged().empty());
            const auto report = examineDatabase(*file);
            QVERIFY(report.has_value());
            for (const auto& [table, rows] : profile->truth()) {
                QCOMPARE(report->of(table)->found, rows.size());
            }
        }
    }
    void case75_aBadRootOfAnyTreeCostsLittleAndIsNamed_data() {
        QTest::addColumn<qint64>("page");
        for (const auto& [name, page] : m_roots) {
            QTest::newRow(name.c_str()) << static_cast<qint64>(page);
        }
    }
    void case75_aBadRootOfAnyTreeCostsLittleAndIsNamed() {
        QFETCH(qint64, page);
        m_closed->reset();
        blank(*m_closed, page);
        QCOMPARE(repairing(*m_closed), QString());
    }
    void case75_aBadPageAnywhereCostsLittleAndIsNamed() {
        m_closed->reset();
        const auto pages = static_cast<std::int64_t>(fs::file_size(m_closed->history()) / kPage);
        for (std::int64_t page = 2; page <= pages; page += 1 + pages / 15) {
            m_closed->reset();
            blank(*m_closed, page);
            const QString result = repairing(*m_closed);
            QVERIFY2(result.isEmpty(), qPrintable(QString::number(page) + ": " + result));
        }
    }
    void case75_withoutItsFirstPageTheCopyOfItHelps() {
        m_closed->reset();
        QVERIFY(fs::exists(m_closed->place() / headFile()));
        blank(*m_closed, 1);
        QVERIFY(!m_closed->opening().empty());
        QCOMPARE(repairing(*m_closed, 1000), QString());
        // With that lost, too, there is no salt: nothing can be read, and nothing new takes its place.
        m_closed->reset();
        blank(*m_closed, 1);
        fs::remove(m_closed->place() / headFile());
        const auto before = m_closed->filesNow();
        QCOMPARE(repairProfile(m_closed->place(), {}).error().code, FailureCode::Damaged);
        QVERIFY(m_closed->filesNow() == before);
        QVERIFY(!m_closed->opening().empty());
    }
    void case75_onlyIndexesOrSearchHurtChangesNothingElse() {
        for (const char* tree :
             {"message_order", "search_data", "search_idx", "sqlite_autoindex_message_1"}) {
            m_closed->reset();
            blank(*m_closed, m_roots.at(tree));
            const auto repaired = repairProfile(m_closed->place(), {});
            QVERIFY(repaired && repaired->isRepaired && repaired->losses.empty());
            QVERIFY(m_closed->rowsNow() == m_closed->truth());
            auto database = HistoryFixture::open(m_closed->history(), &m_closed->key());
            QVERIFY(database.check().empty());
        }
    }
    void case75_lostMessagesAreNamedByConversationAndCountAsNotArrived() {
        m_closed->reset();
        // A leaf of the history: any page whose loss costs messages.
        const auto pages = static_cast<std::int64_t>(fs::file_size(m_closed->history()) / kPage);
        std::vector<LostMessages> lost;
        for (std::int64_t page = pages / 2; page > 1 && lost.empty(); --page) {
            m_closed->reset();
            blank(*m_closed, page);
            lost = examineProfile(m_closed->place(), {}).value().messages;
        }
        QVERIFY(!lost.empty());
        QVERIFY(repairProfile(m_closed->place(), {})->isRepaired);
        const Truth now = m_closed->rowsNow();
        std::uint64_t named = 0;
        for (const LostMessages& entry : lost) {
            QVERIFY(entry.conversation != 0);
            QCOMPARE(entry.contact, "name" + std::to_string(entry.conversation));
            named += entry.messages;
        }
        QCOMPARE(named, m_closed->truth().at("message").size() - now.at("message").size());

        auto database = HistoryFixture::open(m_closed->history(), &m_closed->key());
        auto wrong = database.query(
            "SELECT count(*) FROM chain_range r JOIN chain c ON c.id = r.chain WHERE NOT EXISTS "
            "(SELECT 1 FROM message m WHERE m.conversation = c.conversation AND m.sender = "
            "c.sender AND m.seq = r.first)");
        QVERIFY(wrong.next());
        QCOMPARE(wrong.integer(0), std::int64_t{0});
        auto kept = database.query("SELECT count(*) FROM setting WHERE name = 'generation_pair'");
        QVERIFY(kept.next());
        QCOMPARE(kept.integer(0), std::int64_t{0}); // it counts as restored (R15)
    }
    void case75_theRelayIsStillKnownWithoutTheSettings() {
        m_closed->reset();
        blank(*m_closed, m_roots.at("setting"));
        QVERIFY(repairProfile(m_closed->place(), {})->isRepaired);
        auto database = HistoryFixture::open(m_closed->history(), &m_closed->key());
        QCOMPARE(SettingStore(database).text("relay_host").value_or(""), std::string("relay.example"));
        QVERIFY(!SettingStore(database).bytes("generation_pair"));
    }
    void idsNeverComeBack() {
        for (const char* tree : {"message", "sqlite_sequence"}) {
            m_closed->reset();
            blank(*m_closed, m_roots.at(tree));
            QVERIFY(repairProfile(m_closed->place(), {})->isRepaired);
            auto database = HistoryFixture::open(m_closed->history(), &m_closed->key());
            auto id = database.query("SELECT seq FROM sqlite_sequence WHERE name = 'message'");
            QVERIFY(id.next());
            QVERIFY(id.integer(0) >= static_cast<std::int64_t>(kMessages));
        }
    }
    void case75_damagedFilesAreKeptBeside() {
        m_closed->reset();
        blank(*m_closed, m_roots.at("message"));
        const std::string damaged = readAll(m_closed->history());
        const auto repaired = repairProfile(m_closed->place(), {});
        QVERIFY(repaired && repaired->isRepaired);
        QCOMPARE(repaired->aside.size(), std::size_t{1});
        QVERIFY(readAll(m_closed->place() / repaired->aside.front()) == damaged);
        QCOMPARE(openToOthers(m_closed->place()), std::vector<std::string>());
    }
    void case75_bothCopiesOfTheKeysLostCannotBeRepaired() {
        m_closed->reset();
        m_closed->overwrite("identity.a", "nothing");
        fs::remove(m_closed->place() / "identity.b");
        const auto before = m_closed->filesNow();
        const auto examined = examineProfile(m_closed->place(), {});
        QVERIFY(examined && !examined->isSound && !examined->canBeRepaired);
        QCOMPARE(repairProfile(m_closed->place(), {}).error().code, FailureCode::Damaged);
        QVERIFY(m_closed->filesNow() == before);
    }
    void case75_oneCopyOfTheKeysAndTheSentinelAreRepaired() {
        m_closed->reset();
        m_closed->overwrite("identity.b", "nothing");
        m_closed->overwrite("generation", "nothing");
        QVERIFY(!m_closed->opening().empty());
        QCOMPARE(repairing(*m_closed, 1000), QString());
        QVERIFY(readAll(m_closed->place() / "identity.a") == readAll(m_closed->place() / "identity.b"));
    }
    void anInterruptedRepairIsTheDamagedOneOrTheRepairedOne() {
        m_closed->reset();
        blank(*m_closed, m_roots.at("message"));
        const auto damaged = contentsOf(m_closed->place());
        QVERIFY(repairProfile(m_closed->place(), {})->isRepaired);
        const std::string repaired = readAll(m_closed->history());
        const auto restart = [&] {
            for (const auto& entry : fs::directory_iterator(m_closed->place())) {
                fs::remove(entry.path());
            }
            for (const auto& [name, contents] : damaged) {
                m_closed->overwrite(name.c_str(), contents);
            }
        };
        restart(); // killed while it was made
        m_closed->overwrite("history.db.new", repaired.substr(0, repaired.size() / 2));
        QVERIFY(readAll(m_closed->history()) == damaged.at("history.db"));
        QCOMPARE(repairing(*m_closed), QString());
        QVERIFY(!fs::exists(m_closed->place() / "history.db.new"));
        restart(); // killed before anything was moved
        m_closed->overwrite("history.repaired", repaired);
        QCOMPARE(m_closed->opening(), std::string());
        QVERIFY(examineProfile(m_closed->place(), {})->isSound);
        restart(); // killed between the two moves
        fs::rename(m_closed->history(), m_closed->place() / "history.db.damaged-1");
        m_closed->overwrite("history.repaired", repaired);
        QCOMPARE(m_closed->opening(), std::string());
        QVERIFY(fs::exists(m_closed->place() / "history.db.damaged-1"));
        QVERIFY(examineProfile(m_closed->place(), {})->isSound);
    }
    void case75_aLogWithABadFrameLosesNoMoreThanItsPage() {
        m_killed->reset();
        const std::string log = readAll(m_killed->place() / "history.db-wal");
        const std::size_t frames = (log.size() - 32) / (kPage + 24);
        QVERIFY(frames > 20);
        for (std::size_t frame = 0; frame < frames; frame += 1 + frames / 12) {
            m_killed->reset();
            std::string hurt = log;
            hurt[32 + frame * (kPage + 24) + 500] =
                static_cast<char>(hurt[32 + frame * (kPage + 24) + 500] ^ 4);
            m_killed->overwrite("history.db-wal", hurt);
            const auto examined = examineProfile(m_killed->place(), {});
            QVERIFY(examined && !examined->isSound);
            QCOMPARE(repairing(*m_killed), QString());
        }
    }
    void case75_aCutLogIsNoticed() {
        m_killed->reset();
        const std::string log = readAll(m_killed->place() / "history.db-wal");
        m_killed->overwrite("history.db-wal", log.substr(0, log.size() / 2));
        const auto examined = examineProfile(m_killed->place(), {});
        QVERIFY(examined && !examined->isSound && !examined->findings.empty());
    }
    void whoeverHasItOpenIsNotDisturbed() {
        m_closed->reset();
        const auto open = Profile::open(m_closed->place(), {});
        QVERIFY(open.has_value());
        QCOMPARE(examineProfile(m_closed->place(), {}).error().code, FailureCode::Locked);
        QCOMPARE(repairProfile(m_closed->place(), {}).error().code, FailureCode::Locked);
    }
    /// Pages whose MACs are right and whose contents are not: nothing that they say is believed unseen.
    void hostilePagesEndEveryWalk() {
        m_closed->reset();
        const std::string whole = readAll(m_closed->history());
        const auto file = PageFile::open(m_closed->history(), {}, m_closed->key());
        QVERIFY(file.has_value());
        Chance chance(75);
        for (int round = 0; round < 60; ++round) {
            std::string hostile = whole;
            for (int i = 0; i < 6; ++i) {
                const auto page =
                    static_cast<PageNumber>(1 + chance.below(round % 3 == 0 ? 8 : file->pages()));
                auto plain = *file->read(page);
                const std::size_t begin = page == 1 ? 100 : 0;
                for (std::uint64_t flips = 1 + chance.below(6); flips > 0; --flips) {
                    // The header and the pointers, or anything.
                    const std::size_t at =
                        begin + chance.below(chance.below(2) == 0 ? 40 : plain.size() - begin);
                    plain[at] =
                        static_cast<std::uint8_t>(chance.below(4) == 0 ? chance.below(16) : chance.next());
                }
                const std::string sealed = sealPage(plain, page, m_closed->key(), whole.substr(0, 16));
                hostile.replace((page - 1) * kPage, kPage, sealed);
            }
            m_closed->overwrite("history.db", hostile);
            const auto read = PageFile::open(m_closed->history(), {}, m_closed->key());
            QVERIFY(read.has_value());
            QVERIFY(read->damaged().empty());
            const auto report = examineDatabase(*read);
            QVERIFY(report.has_value() || report.error() == db::Error::NewerSchema);
        }
    }
    void recordsOfNoiseAreRecordsOrNone() {
        Chance chance(3);
        for (int i = 0; i < 20'000; ++i) {
            Bytes noise(static_cast<std::size_t>(chance.below(60)));
            for (std::uint8_t& byte : noise) {
                byte = static_cast<std::uint8_t>(chance.below(3) == 0 ? chance.below(20) : chance.next());
            }
            for (const bool cut : {false, true}) {
                const auto record = decodeRecord(noise, cut);
                QVERIFY(!record || record->size() <= noise.size());
            }
        }
    }
    /// What was read is made up from the messages; what has disappeared says nothing about it.
    void aConversationOfNothingButDisappearedMessagesIsRepaired() {
        HistoryFixture history(":memory:", 2);
        history.add(1, "stays", 1'700'000'000'000);
        history.add(2, "goes", 1'700'000'000'001);
        db::Database& database = history.database();
        database.run("UPDATE message SET kind = ?, text = '' WHERE conversation = 2", MessageKind::Expired);
        database.execute("UPDATE conversation SET newest_at = 0, read_stamp = 0, preview = ''");
        SalvageReport report;
        report.tables.push_back({"conversation", 2, 2, 0, 0, 0, false});
        QVERIFY(database.transaction([&] { noteLosses(database, std::nullopt, report); }));
        auto rows = database.query("SELECT preview, newest_at > 0 FROM conversation ORDER BY id");
        QVERIFY(rows.next() && rows.text(0) == "stays" && rows.integer(1) == 1);
        QVERIFY(rows.next() && rows.text(0).empty() && rows.integer(1) == 0);
    }
    void case75_aFewDozenRandomDamages() {
        for (std::uint64_t seed = 1; seed <= 24; ++seed) {
            const Trial trial = tryOut(seed % 2 == 0 ? *m_closed : *m_killed, seed);
            // One page of so short a history is more than a hundredth of it.
            for (const std::string& fault : trial.faults) {
                QVERIFY2(fault.starts_with("only 9"), qPrintable(QString::number(seed) + ", " +
                                                                 QString::fromStdString(trial.mutation.text) +
                                                                 ": " + QString::fromStdString(fault)));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSalvage)
#include "test_salvage.moc"
