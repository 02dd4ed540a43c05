// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/backup.h"
#include "core/archive/carried_tables.h"
#include "core/archive/table_columns.h"
#include "core/profile/identity_file.h"
#include "core/profile/sentinel.h"
#include "core/storage/schema.h"
#include "core/storage/setting_store.h"
#include "crypto/account_keys.h"

#include <algorithm>

namespace sotto::core {
namespace {

/// No value of any table is as long.
constexpr std::size_t kLongestValue = std::size_t{64} << 20U;
/// Rows of one transaction: its log stays small.
constexpr std::uint64_t kRowsAtOnce = 20'000;
constexpr std::uint64_t kRowsBetweenProgress = 1'000;

struct Table {
    std::string name;
    std::vector<std::string> columns;
};

/// Told of each part of a backup, in order. A failure ends the reading.
class Visitor {
public:
    virtual ~Visitor() = default;
    virtual Result<void> table(const Table& table) = 0;
    virtual Result<void> row(const std::vector<db::Value>& values) = 0;
};

/// One backup, read from its beginning.
class BackupFile {
public:
    static Result<BackupFile> open(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                   const std::string& attempted);
    /// All that follows the identity.
    Result<void> visit(Visitor& visitor, const OnArchiveProgress& onProgress);
    Failure damaged(const std::string& what) const { return m_in.damaged(what); }

    BackupInfo info;
    std::optional<Identity> identity;

private:
    BackupFile(SealedReader in, std::string attempted)
        : m_in(std::move(in))
        , m_attempted(std::move(attempted)) {}
    Result<std::uint64_t> number(std::size_t size);
    Result<std::string> text(std::size_t sizeBytes);
    Result<void> value(db::Value& into);
    Result<Table> readTable();
    Result<void> readBeginning(const AccountId& account);
    bool isTimeToTell() const { return info.rows % kRowsBetweenProgress == 0; }
    Result<void> tell(const OnArchiveProgress& onProgress, bool isFinished) const;

    SealedReader m_in;
    std::string m_attempted;
};

Result<BackupFile> BackupFile::open(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                    const std::string& attempted) {
    const crypto::BackupKey key(code);
    auto in = SealedReader::open(path, key, attempted);
    if (!in) {
        return unexpected(std::move(in.error()));
    }
    BackupFile file(std::move(*in), attempted);
    if (auto read = file.readBeginning(crypto::AccountRoot(code).account()); !read) {
        return unexpected(std::move(read.error()));
    }
    return file;
}

Result<std::uint64_t> BackupFile::number(std::size_t size) {
    return m_in.read(size).map([](BytesView bytes) {
        std::uint64_t value = 0;
        for (const std::uint8_t byte : bytes) {
            value = value << 8U | byte;
        }
        return value;
    });
}

Result<std::string> BackupFile::text(std::size_t sizeBytes) {
    return number(sizeBytes).and_then([&](std::uint64_t size) -> Result<std::string> {
        if (size > kLongestValue) {
            return unexpected(damaged("there is a value longer than any"));
        }
        return m_in.read(size).map([](BytesView bytes) { return stringOf(bytes); });
    });
}

Result<void> BackupFile::value(db::Value& into) {
    const auto kind = number(1);
    if (!kind) {
        return unexpected(kind.error());
    }
    switch (static_cast<char>(*kind)) {
    case 'n':
        into.emplace<std::nullptr_t>(nullptr);
        return {};
    case 'i':
        return number(8).map(
            [&](std::uint64_t value) { into.emplace<std::int64_t>(static_cast<std::int64_t>(value)); });
    case 't':
        return text(4).map([&](std::string value) { into.emplace<std::string>(std::move(value)); });
    case 'b':
        return text(4).map([&](const std::string& value) { into.emplace<Bytes>(bytesOf(viewOf(value))); });
    default:
        return unexpected(damaged("there is a value of no known kind"));
    }
}

Result<Table> BackupFile::readTable() {
    Table table;
    auto name = text(1);
    if (!name) {
        return unexpected(std::move(name.error()));
    }
    table.name = std::move(*name);
    const auto columns = number(1);
    if (!columns) {
        return unexpected(columns.error());
    }
    for (std::uint64_t i = 0; i < *columns; ++i) {
        auto column = text(1);
        if (!column) {
            return unexpected(std::move(column.error()));
        }
        table.columns.push_back(std::move(*column));
    }
    return table;
}

Result<void> BackupFile::readBeginning(const AccountId& account) {
    const auto head = m_in.read(1 + 4 + AccountId::kSize + 8);
    if (!head) {
        return unexpected(head.error());
    }
    const auto numberAt = [&](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t byte : head->subspan(at, size)) {
            value = value << 8U | byte;
        }
        return value;
    };
    const auto schema = numberAt(1, 4);
    info.account = *AccountId::from(head->subspan(5, AccountId::kSize));
    info.madeAt = static_cast<std::int64_t>(numberAt(5 + AccountId::kSize, 8));
    if ((*head)[0] != 'B' || schema == 0 || info.account != account) {
        return unexpected(damaged("it begins with something else than a backup does"));
    }
    if (schema > static_cast<std::uint64_t>(clientMigrations().back().version)) {
        return failure(FailureCode::Invalid,
                       m_attempted + ": it was written by a newer version of Sotto; update this program");
    }
    info.schema = static_cast<int>(schema);
    const auto size = m_in.read(5);
    if (!size) {
        return unexpected(size.error());
    }
    std::size_t identitySize = 0;
    for (const std::uint8_t byte : size->subspan(1)) {
        identitySize = identitySize << 8U | byte;
    }
    if ((*size)[0] != 'I' || identitySize > kMaxIdentityFileBytes) {
        return unexpected(damaged("there is no identity"));
    }
    const auto plain = m_in.read(identitySize);
    if (!plain) {
        return unexpected(plain.error());
    }
    auto record = decodeIdentity(*plain);
    if (!record || !record->identity || record->identity->account != account) {
        return unexpected(damaged("there is no identity of this account"));
    }
    identity = std::move(record->identity);
    info.device = identity->device;
    return {};
}

Result<void> BackupFile::tell(const OnArchiveProgress& onProgress, bool isFinished) const {
    const std::uint64_t place = isFinished ? m_in.size() : m_in.place();
    if (onProgress && !onProgress({place, m_in.size(), place, isFinished})) {
        return failure(FailureCode::Invalid, m_attempted + ": stopped. Nothing of it was taken over");
    }
    return {};
}

Result<void> BackupFile::visit(Visitor& visitor, const OnArchiveProgress& onProgress) {
    Table table;
    std::vector<db::Value> values;
    while (true) {
        const auto kind = number(1);
        if (!kind) {
            return unexpected(kind.error());
        }
        if (*kind == 'E') {
            break;
        }
        if (*kind == 'T') {
            auto next = readTable();
            if (!next) {
                return unexpected(std::move(next.error()));
            }
            table = std::move(*next);
            if (auto visited = visitor.table(table); !visited) {
                return visited;
            }
            continue;
        }
        if (*kind != 'R' || table.columns.empty()) {
            return unexpected(damaged("there is a record of no known kind"));
        }
        values.resize(table.columns.size());
        for (db::Value& each : values) {
            if (auto read = value(each); !read) {
                return read;
            }
        }
        if (auto visited = visitor.row(values); !visited) {
            return visited;
        }
        ++info.rows;
        info.messages += table.name == "message" ? 1 : 0;
        if (isTimeToTell()) {
            if (auto told = tell(onProgress, false); !told) {
                return told;
            }
        }
    }
    const auto rows = number(8);
    if (!rows) {
        return unexpected(rows.error());
    }
    if (*rows != info.rows) {
        return unexpected(damaged("it has another number of rows than it says"));
    }
    return m_in.expectEnd().and_then([&] { return tell(onProgress, true); });
}

/// Puts what it is told into a database with the tables of the backup's schema.
class Filler final : public Visitor {
public:
    Filler(db::Database& database, BackupFile& file, const std::string& attempted)
        : m_database(database)
        , m_file(file)
        , m_attempted(attempted) {}

    Result<void> table(const Table& table) override {
        return during([&]() -> Result<void> {
            m_rowsMade = 0;
            const bool isCarried = std::ranges::find(kCarriedTables, table.name) != kCarriedTables.end();
            if (!isCarried || columnsOf(m_database, table.name) != table.columns) {
                return unexpected(m_file.damaged("there is a table that its version does not have"));
            }
            if (table.name == "sqlite_sequence") {
                m_database.run("DELETE FROM sqlite_sequence"); // what inserting has made of it
            }
            m_insert = insertRow(table.name, table.columns);
            return {};
        });
    }
    Result<void> row(const std::vector<db::Value>& values) override {
        return during([&]() -> Result<void> {
            if (!m_transaction) {
                m_transaction.emplace(m_database);
            }
            m_database.queryValues(m_insert, values).next();
            if (++m_rowsMade % kRowsAtOnce == 0) {
                commit();
            }
            return {};
        });
    }
    /// Before the first row: indexes are made of all rows at once, which is several times as fast.
    Result<void> begin() {
        return during([&]() -> Result<void> {
            m_database.execute("PRAGMA cache_size = -131072"); // keys at random places: 128 MiB of pages
            auto rows = m_database.query(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
            std::vector<std::string> names;
            while (rows.next()) {
                names.push_back(rows.text(0));
                m_indexes.push_back(rows.text(1));
            }
            for (const std::string& name : names) {
                m_database.execute("DROP INDEX \"" + name + '"');
            }
            return {};
        });
    }
    Result<void> finish() {
        return during([&]() -> Result<void> {
            commit();
            db::Transaction transaction(m_database);
            for (const std::string& sql : m_indexes) {
                m_database.execute(sql);
            }
            transaction.commit();
            for (auto broken = m_database.query("SELECT 1 FROM pragma_foreign_key_check"); broken.next();) {
                return unexpected(m_file.damaged("its rows do not belong together; noticed"));
            }
            return {};
        });
    }

private:
    void commit() {
        if (m_transaction) {
            m_transaction->commit();
            m_transaction.reset();
        }
    }
    template <class F>
    Result<void> during(F&& f) {
        auto done = db::attempt(std::forward<F>(f));
        return done ? *done : unexpected(failureOf(done.error()));
    }
    Failure failureOf(db::Error error) const {
        switch (error) {
        case db::Error::Full:
            return systemFailure(ENOSPC, m_attempted, "the profile");
        case db::Error::Constraint:
            return m_file.damaged("its rows do not belong together; noticed");
        case db::Error::Io:
        case db::Error::ReadOnly:
        case db::Error::CannotOpen:
        case db::Error::Corrupt:
        case db::Error::NotADatabase:
        case db::Error::Busy:
        case db::Error::NewerSchema:
        case db::Error::Internal:
            return {FailureCode::Internal,
                    m_attempted + ": writing the profile failed: " + db::describe(error),
                    {}};
        }
        return {};
    }

    db::Database& m_database;
    BackupFile& m_file;
    const std::string& m_attempted;
    std::vector<std::string> m_indexes; ///< how they are made
    std::string_view m_insert;
    std::optional<db::Transaction> m_transaction;
    std::uint64_t m_rowsMade = 0;
};

class RestoredProfile final : public Filling {
public:
    RestoredProfile(BackupFile& file, const OnArchiveProgress& onProgress, const std::string& attempted)
        : m_file(file)
        , m_onProgress(onProgress)
        , m_attempted(attempted) {}

    Result<void> fill(db::Database& database) override {
        const auto schema = static_cast<std::size_t>(m_file.info.schema);
        const auto prepared = db::migrate(database, clientMigrations().first(schema)).and_then([&] {
            return db::attempt([&] {
                // Rows come table by table; whether they belong together is asked at the end.
                database.execute("PRAGMA foreign_keys = OFF");
                database.execute("DELETE FROM setting");
            });
        });
        if (!prepared) {
            return unexpected(failureOf(prepared.error()));
        }
        Filler filler(database, m_file, m_attempted);
        if (auto begun = filler.begin(); !begun) {
            return begun;
        }
        if (auto visited = m_file.visit(filler, m_onProgress); !visited) {
            return visited;
        }
        if (auto finished = filler.finish(); !finished) {
            return finished;
        }
        const auto settled = db::attempt([&] {
            database.execute("PRAGMA foreign_keys = ON");
            database.run("UPDATE search_range SET first = (SELECT coalesce(max(id), 0) + 1 FROM message), "
                         "last = (SELECT coalesce(max(id), 0) FROM message), texts = 0");
            const auto kept = SettingStore(database).bytes("generation_pair");
            m_generation = kept ? decodeGenerations(*kept).value_or(GenerationPair{}) : GenerationPair{};
        });
        if (!settled) {
            return unexpected(failureOf(settled.error()));
        }
        // Ahead of the database's own: that is how a restored database is known, whatever the relay says.
        ++m_generation.revision;
        return {};
    }
    Identity identity() override { return std::move(*m_file.identity); }
    GenerationPair generation() const override { return m_generation; }

private:
    Failure failureOf(db::Error error) const {
        return error == db::Error::Full
                   ? systemFailure(ENOSPC, m_attempted, "the profile")
                   : Failure{FailureCode::Internal,
                             m_attempted + ": writing the profile failed: " + db::describe(error),
                             {}};
    }
    BackupFile& m_file;
    const OnArchiveProgress& m_onProgress;
    const std::string& m_attempted;
    GenerationPair m_generation;
};

/// Looks at everything and keeps nothing.
class Looker final : public Visitor {
public:
    explicit Looker(BackupFile& file)
        : m_file(file) {}
    Result<void> table(const Table& table) override {
        if (std::ranges::find(kCarriedTables, table.name) == kCarriedTables.end()) {
            return unexpected(m_file.damaged("there is a table that its version does not have"));
        }
        return {};
    }
    Result<void> row(const std::vector<db::Value>&) override { return {}; }

private:
    BackupFile& m_file;
};

} // namespace

Result<BackupInfo> verifyBackup(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                const OnArchiveProgress& onProgress) {
    auto file = BackupFile::open(path, code, "Cannot verify the backup " + path.string());
    if (!file) {
        return unexpected(std::move(file.error()));
    }
    Looker looker(*file);
    return file->visit(looker, onProgress).map([&] { return file->info; });
}

Result<BackupInfo> restoreBackup(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                 const std::filesystem::path& directory, const Profile::Secrets& secrets,
                                 const Profile::SealCost& cost, Random& random,
                                 const OnArchiveProgress& onProgress) {
    const std::string attempted = "Cannot restore the backup " + path.string();
    auto file = BackupFile::open(path, code, attempted);
    if (!file) {
        return unexpected(std::move(file.error()));
    }
    RestoredProfile filling(*file, onProgress, attempted);
    return Profile::create(directory, secrets, random, cost, filling).map([&](const Profile&) {
        return file->info;
    });
}

} // namespace sotto::core
