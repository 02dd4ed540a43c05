// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/doctor.h"

#include "core/profile/identity_file.h"
#include "core/profile/repaired_history.h"
#include "core/profile/sentinel.h"
#include "core/profile/unlocked_profile.h"
#include "core/storage/search_tokenizer.h"

#include <algorithm>
#include <unistd.h>

namespace sotto::core {
namespace {

namespace fs = std::filesystem;
using State = FileCondition::State;

std::string wordsFor(const std::string& table) {
    static const std::map<std::string, std::string> kWords = {
        {"account", "account keys of others"},
        {"alarm", "alarms"},
        {"chain", "counts of what others have sent"},
        {"chain_range", "counts of what has arrived"},
        {"contact", "contacts (how they were verified)"},
        {"conversation", "conversations (what was read, previews)"},
        {"conversation_member", "members of conversations"},
        {"device_list", "device lists of contacts, which are fetched again"},
        {"draft", "drafts"},
        {"early_amendment", "edits and reactions that came before their message"},
        {"edit", "earlier texts of edited messages"},
        {"gap", "notes of what is missing"},
        {"message", "messages"},
        {"message_receipt", "receipts that others sent"},
        {"one_time_prekey", "one-time keys, which are made again"},
        {"outbox", "what waited to be sent"},
        {"own_amendment", "notes of your edits, reactions and deletions"},
        {"own_chain", "counts of what was sent"},
        {"placeholder", "mail that could not be read yet"},
        {"prekey_id", "ids of one-time keys given out"},
        {"processed_header", "marks of mail already dealt with"},
        {"quote", "notes of what messages answer"},
        {"reaction", "reactions to messages"},
        {"receipt_due", "receipts still owed"},
        {"send", "sent mail kept for sending it again"},
        {"send_header", "headers of sent mail kept for sending it again"},
        {"session", "encrypted sessions, which are made again"},
        {"setting", "settings of this profile"},
        {"signed_prekey", "signed keys, which are made again"},
        {"style", "how texts look: bold, links and the like"},
        {"sqlite_sequence", "counts of ids given out"},
    };
    const auto found = kWords.find(table);
    return found != kWords.end() ? found->second : "rows of the table " + table;
}

std::string counted(std::uint64_t number, const std::string& thing) {
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

/// Who lives in which conversation, as far as the rows say.
class People {
public:
    void note(const TablePlan& table, std::span<const ColumnValue> row) {
        const auto column = [&](std::string_view name) -> const ColumnValue* {
            for (std::size_t i = 0; i < table.columns.size(); ++i) {
                if (table.columns[i].name == name) {
                    return &row[i];
                }
            }
            return nullptr;
        };
        const auto number = [&](std::string_view name) {
            const ColumnValue* value = column(name);
            const auto* is = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
            return is != nullptr ? *is : 0;
        };
        if (table.name == "contact") {
            const ColumnValue* name = column("name");
            const auto* text = name != nullptr ? std::get_if<std::string>(name) : nullptr;
            m_names[number("account")] = text != nullptr ? *text : std::string();
        } else if (table.name == "conversation_member") {
            m_members[number("conversation")] = number("account");
        }
    }
    std::string nameOf(std::int64_t conversation) const {
        const auto member = m_members.find(conversation);
        const auto name = member == m_members.end() ? m_names.end() : m_names.find(member->second);
        return name == m_names.end() ? std::string() : name->second;
    }

private:
    std::map<std::int64_t, std::string> m_names;
    std::map<std::int64_t, std::int64_t> m_members;
};

/// What the doctor works on, and what it has found so far.
class Examination {
public:
    Examination(UnlockedProfile unlocked, const DoctorProgress& progress)
        : m_unlocked(std::move(unlocked))
        , m_progress(progress) {}

    Result<void> examine();
    Result<DoctorReport> repair();
    DoctorReport& report() { return m_report; }

private:
    const ProfileDirectory& directory() const { return m_unlocked.directory; }
    fs::path history() const { return directory().path() / kHistoryFile; }
    void examineIdentity();
    void examineSentinel();
    Result<void> examineHistory();
    void checkWithSqlite();
    void state(const SalvageReport& salvaged);
    void plan();
    Result<void> rebuildHistory();
    Result<void> mendSmallFiles();

    UnlockedProfile m_unlocked;
    const DoctorProgress& m_progress;
    DoctorReport m_report;
    std::optional<PageFile> m_pages;
    SalvageReport m_salvaged;
    People m_people;
    std::optional<IdentityRecord> m_identity;
    Bytes m_identityFile;             ///< of the newest copy
    const char* m_outdated = nullptr; ///< the copy to be written again
    std::optional<GenerationPair> m_generation;
    bool m_sentinelIsDamaged = false;
    bool m_contradicts = false; ///< every page is sound, and yet SQLite finds faults
};

void Examination::examineIdentity() {
    std::array<std::optional<IdentityRecord>, 2> records;
    std::array<Bytes, 2> files;
    constexpr std::array kNames = {kIdentityFileA, kIdentityFileB};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        const auto file = directory().read(kNames[i], kMaxIdentityFileBytes);
        if (file && *file) {
            files[i] = bytesOf((*file)->expose());
            records[i] = openIdentity(files[i], m_unlocked.key);
        }
        const bool isMissing = file && !*file;
        m_report.files.push_back({kNames[i],
                                  records[i]  ? State::Sound
                                  : isMissing ? State::Missing
                                              : State::Damaged,
                                  records[i] ? "one of two copies of this device's keys"
                                             : "this copy of the device's keys cannot be read"});
    }
    if (!records[0] && !records[1]) {
        m_report.findings.push_back(
            "Both copies of this device's keys are damaged or missing: without them the "
            "profile does not open, and nothing but a backup of the folder has them.");
        return;
    }
    const std::size_t newest =
        records[0] && (!records[1] || records[0]->revision >= records[1]->revision) ? 0 : 1;
    const std::size_t other = 1 - newest;
    if (files[newest] != files[other]) {
        m_outdated = kNames[other];
        if (records[other]) {
            m_report.files[other].text = "an older copy of this device's keys";
        }
    }
    m_identityFile = files[newest];
    m_identity = std::move(records[newest]);
}

void Examination::examineSentinel() {
    const auto file = directory().read(kSentinelFile, kMaxSentinelBytes);
    if (file && *file) {
        m_generation = decodeSentinel((*file)->expose(), m_unlocked.key);
    }
    if (file && !*file) {
        return; // before the first log-in there is none
    }
    m_sentinelIsDamaged = !m_generation;
    m_report.files.push_back({kSentinelFile, m_generation ? State::Sound : State::Damaged,
                              "tells a restored copy of this profile from the newest"});
}

Result<void> Examination::examineHistory() {
    const Bytes head = readHead(directory());
    m_pages = PageFile::open(history(), head, m_unlocked.key, PageFile::Look::AtEveryPage,
                             [&](std::uint64_t page, std::uint64_t of) {
                                 if (m_progress) {
                                     m_progress("looking at pages", page, of);
                                 }
                             });
    if (!m_pages) {
        const bool isThere = directory().has(kHistoryFile);
        m_report.files.push_back(
            {kHistoryFile, isThere ? State::Damaged : State::Missing,
             isThere ? "not one of its pages can be read with this profile's key" : "the file is not there"});
        m_report.findings.push_back(
            std::string("Nothing of history.db can be read") +
            (isThere ? ": it belongs to another key, or its beginning is lost and no copy of it is left."
                     : ".") +
            " Bring the file back from a backup; nothing was changed.");
        return {};
    }
    auto salvage = Salvage::begin(*m_pages);
    if (!salvage && salvage.error() == db::Error::NewerSchema) {
        return failure(FailureCode::Locked, directory().attempted() +
                                                ": history.db was written by a newer version of "
                                                "Sotto. Nothing was changed; update this "
                                                "program");
    }
    if (!salvage) {
        return failure(FailureCode::Internal, directory().attempted() + ": " + db::describe(salvage.error()));
    }
    std::uint64_t rows = 0;
    m_salvaged = salvage->run([&](const TablePlan& table, std::span<const ColumnValue> row) {
        m_people.note(table, row);
        if (++rows % 20'000 == 0 && m_progress) {
            m_progress("reading rows", rows, 0);
        }
        return true;
    });
    if (m_salvaged.isSound()) {
        checkWithSqlite();
    }
    state(m_salvaged);
    return {};
}

/// What no single page shows: rows, indexes and the search index that contradict each other. Read-only.
void Examination::checkWithSqlite() {
    const bool hadLog = directory().has("history.db-wal");
    const bool hadIndex = directory().has("history.db-shm");
    {
        db::OpenOptions options;
        options.key = &m_unlocked.key;
        options.mode = db::OpenOptions::Mode::ReadOnly;
        options.tokenizer = &searchTokenizer();
        auto database = db::Database::open(history(), options);
        if (!database) {
            return; // a disk that cannot be written: the pages were looked at
        }
        for (std::string& fault : database->check()) {
            m_contradicts = true;
            m_report.findings.push_back("SQLite: " + std::move(fault) + ".");
        }
        const auto checked = db::attempt([&] {
            std::uint64_t orphans = 0;
            for (auto rows = database->query("PRAGMA foreign_key_check"); rows.next();) {
                ++orphans;
            }
            if (orphans != 0) {
                m_contradicts = true;
                m_report.findings.push_back(counted(orphans, "row") +
                                            " of history.db refer to rows that are not there.");
            }
            if (m_salvaged.version >= 6) {
                auto words = database->query("SELECT count(*), sum(cnt) FROM search_vocabulary");
                words.next();
            }
        });
        if (!checked) {
            m_contradicts = true;
            m_salvaged.searchDamaged = true;
        }
    }
    // What reading alone has made.
    std::error_code error;
    if (!hadIndex) {
        fs::remove(history().string() + "-shm", error);
    }
    if (!hadLog && fs::file_size(history().string() + "-wal", error) == 0 && !error) {
        fs::remove(history().string() + "-wal", error);
    }
}

void Examination::state(const SalvageReport& salvaged) {
    m_report.pages = salvaged.pages;
    m_report.damagedPages = salvaged.damagedPages - salvaged.freeDamaged;
    const bool isSound = salvaged.isSound() && !m_contradicts;
    m_report.files.push_back({kHistoryFile, isSound ? State::Sound : State::Damaged,
                              isSound ? counted(salvaged.pages, "page")
                                      : std::to_string(m_report.damagedPages) + " of " +
                                            counted(salvaged.pages, "page") + " damaged"});
    const LogCondition& log = salvaged.log;
    if (log.frames != 0 || log.tornEnd || !log.isWhole()) {
        m_report.files.push_back({std::string(kHistoryFile) + "-wal",
                                  log.isWhole() ? State::Sound : State::Damaged,
                                  "the log: " + counted(log.frames, "page")});
    }
    auto& findings = m_report.findings;
    if (log.headerDamaged) {
        findings.push_back("The log's header is damaged; its pages vouch for themselves.");
    }
    if (log.damagedFrames != 0) {
        findings.push_back(counted(log.damagedFrames, "page") + " of the log can no longer be read.");
    }
    if (log.lostFrames != 0) {
        findings.push_back("The log was cut off: " + counted(log.lostFrames, "page") +
                           " that had been stored are gone, and what was written with them.");
    }
    if (log.tornEnd) {
        findings.push_back(
            "The log's last transaction is not whole and does not count: it was being written when "
            "the computer stopped, or was damaged since.");
    }
    if (salvaged.movedPages != 0) {
        findings.push_back(counted(salvaged.movedPages, "page") + " stood in another page's place.");
    }
    if (salvaged.indexesDamaged) {
        findings.push_back("Indexes are damaged. They only repeat what is in the rows.");
    }
    if (salvaged.searchDamaged) {
        findings.push_back("The search index is damaged. It only repeats what is in the messages.");
    }
    if (salvaged.unknownPages != 0) {
        findings.push_back(counted(salvaged.unknownPages, "page") +
                           " hold rows of which nothing tells any more where they belong: they are lost.");
    }
    for (const TableCondition& table : salvaged.tables) {
        if (!table.isWhole()) {
            m_report.losses.push_back({table.table, wordsFor(table.table), table.lost + table.rejected,
                                       table.rebuilt, table.older, table.maybeMore});
        }
    }
    std::map<std::int64_t, std::uint64_t> lost;
    for (const LostLine& line : salvaged.lines) {
        ++lost[line.conversation.value_or(0)];
    }
    m_report.messages.clear();
    for (const auto& [conversation, messages] : lost) {
        m_report.messages.push_back({conversation, m_people.nameOf(conversation), messages});
    }
}

void Examination::plan() {
    auto& actions = m_report.actions;
    if (m_outdated != nullptr) {
        actions.push_back(std::string(m_outdated) + " is written again from the other copy.");
    }
    if (m_sentinelIsDamaged) {
        actions.push_back("generation goes aside, and the profile counts as restored from a backup.");
    }
    if (!m_pages || (m_salvaged.isSound() && !m_contradicts)) {
        return;
    }
    std::uint64_t rows = 0;
    for (const TableCondition& table : m_salvaged.tables) {
        rows += table.found;
    }
    actions.push_back("A new history.db is made of the " + counted(rows, "row") +
                      " that can be read, with new indexes; search is indexed anew while Sotto runs.");
    actions.push_back("The damaged files stay beside it as history.db.damaged-TIME.");
    if (m_salvaged.losesRows()) {
        actions.push_back(
            "The profile counts as restored: new keys for sending begin, and messages of others that are "
            "missing are asked for from their authors at the next connection: they are told, and say yes "
            "with `sotto conv resend`.");
        actions.push_back("One's own messages that are missing cannot be asked for.");
    }
}

Result<void> Examination::examine() {
    for (const char* name : {kSealedKeyFile, kPlainKeyFile}) {
        if (directory().has(name)) {
            m_report.files.push_back({name, State::Sound, "the key of this profile"});
        }
    }
    examineIdentity();
    examineSentinel();
    if (auto examined = examineHistory(); !examined) {
        return examined;
    }
    m_report.isSound = std::all_of(m_report.files.begin(), m_report.files.end(),
                                   [](const FileCondition& file) { return file.state == State::Sound; }) &&
                       m_outdated == nullptr;
    m_report.canBeRepaired = !m_report.isSound && m_identity && m_pages;
    plan();
    m_report.aside = filesAside(directory());
    return {};
}

Result<void> Examination::rebuildHistory() {
    std::error_code error;
    const std::uint64_t size = fs::file_size(history(), error);
    const auto full = [&] {
        return tl::unexpected(Failure{FailureCode::DiskFull,
                                      directory().attempted() +
                                          ": there is no room for a second history.db (" +
                                          std::to_string(size / 1'000'000 + 1) +
                                          " MB). Free some space and try again; nothing was changed",
                                      {}});
    };
    if (directory().room().value_or(UINT64_MAX) < size + size / 8) {
        return full();
    }
    discardUnfinished(directory());
    const fs::path target = history().string() + kNextSuffix;
    RebuildOptions options;
    options.key = &m_unlocked.key;
    options.self =
        m_identity && m_identity->identity ? std::optional(m_identity->identity->account) : std::nullopt;
    options.countsAsRestored = m_sentinelIsDamaged;
    options.told = [&](std::uint64_t rows) {
        if (m_progress) {
            m_progress("writing rows", rows, 0);
        }
    };
    auto rebuilt = rebuildDatabase(*m_pages, target, options);
    bool isWhole = false;
    if (rebuilt) {
        // Closed means that the log has moved into the file; and what takes the damaged one's place is sound.
        const bool hasLog =
            fs::exists(target.string() + "-wal", error) && fs::file_size(target.string() + "-wal", error) > 0;
        const auto made = PageFile::open(target, {}, m_unlocked.key);
        const auto seen = made && !hasLog
                              ? examineDatabase(*made)
                              : Expected<SalvageReport, db::Error>(unexpected(db::Error::Corrupt));
        isWhole = seen && seen->isSound();
    }
    if (!rebuilt || !isWhole) {
        const bool isFull = directory().isFull();
        discardUnfinished(directory());
        const db::Error why = rebuilt ? db::Error::Io : rebuilt.error();
        if (why == db::Error::Full || isFull) {
            return full();
        }
        return failure(why == db::Error::Io ? FailureCode::Damaged : FailureCode::Internal,
                       directory().attempted() + ": a new history.db could not be made: " +
                           db::describe(why) + ". Nothing was changed");
    }
    m_salvaged = std::move(*rebuilt);
    return {};
}

Result<void> Examination::mendSmallFiles() {
    if (m_outdated != nullptr) {
        if (auto written = directory().replace(m_outdated, m_identityFile); !written) {
            return written;
        }
    }
    const bool isRestored = m_sentinelIsDamaged || m_salvaged.losesRows();
    if (m_sentinelIsDamaged) {
        if (const auto aside = putAside(directory(), kSentinelFile); !aside) {
            return unexpected(aside.error());
        }
    }
    // A database without its copy of this pair counts as restored beside a pair that was once changed.
    if (isRestored && (!m_generation || m_generation->revision == 0)) {
        GenerationPair pair = m_generation.value_or(GenerationPair{});
        pair.revision = 1;
        return directory().replace(kSentinelFile, encodeSentinel(pair, m_unlocked.key));
    }
    return {};
}

Result<DoctorReport> Examination::repair() {
    if (m_report.isSound) {
        return std::move(m_report);
    }
    if (!m_identity || !m_pages) {
        return unexpected(Failure{FailureCode::Damaged,
                                  directory().attempted() + ": " +
                                      (m_pages ? "identity.a and identity.b are both damaged or missing"
                                               : "nothing of history.db can be read") +
                                      ". Nothing was changed; bring the files back from a backup",
                                  {}});
    }
    const bool isHistoryHurt = !m_salvaged.isSound() || m_contradicts || m_sentinelIsDamaged;
    if (isHistoryHurt) {
        if (auto rebuilt = rebuildHistory(); !rebuilt) {
            return unexpected(rebuilt.error());
        }
        m_report.losses.clear();
        DoctorReport before = std::move(m_report);
        m_report = DoctorReport{};
        state(m_salvaged);
        before.losses = std::move(m_report.losses);
        before.messages = std::move(m_report.messages);
        m_report = std::move(before);
    }
    if (auto mended = mendSmallFiles(); !mended) {
        discardUnfinished(directory());
        return unexpected(mended.error());
    }
    if (isHistoryHurt) {
        m_pages.reset();
        if (auto done = commitRepair(directory()); !done) {
            return unexpected(done.error());
        }
        if (const auto finished = finishRepair(directory()); !finished) {
            return unexpected(finished.error());
        }
        writeHead(directory(), m_unlocked.key);
    }
    for (FileCondition& file : m_report.files) {
        if (file.state != State::Sound) {
            file.state = State::Repaired;
        }
    }
    m_report.isRepaired = true;
    m_report.aside = filesAside(directory());
    return std::move(m_report);
}

Result<Examination> examined(const fs::path& path, const Profile::Secrets& secrets, const char* attempt,
                             const DoctorProgress& progress) {
    auto unlocked = unlockProfile(path, secrets, attempt);
    if (!unlocked) {
        return unexpected(std::move(unlocked.error()));
    }
    Examination examination(std::move(*unlocked), progress);
    if (auto done = examination.examine(); !done) {
        return unexpected(std::move(done.error()));
    }
    return examination;
}

} // namespace

Result<DoctorReport> examineProfile(const fs::path& path, const Profile::Secrets& secrets,
                                    const DoctorProgress& progress) {
    return examined(path, secrets, "Cannot examine profile", progress).map([](Examination examination) {
        return std::move(examination.report());
    });
}

Result<DoctorReport> repairProfile(const fs::path& path, const Profile::Secrets& secrets,
                                   const DoctorProgress& progress) {
    auto examination = examined(path, secrets, "Cannot repair profile", progress);
    if (!examination) {
        return unexpected(std::move(examination.error()));
    }
    return examination->repair();
}

} // namespace sotto::core
