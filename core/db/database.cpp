// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/db/database.h"

#include "core/base/mutant.h"
#include "core/db/full_text.h"

#include <algorithm>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sotto::db {
namespace {

constexpr int kRewrittenAtOnce = 64 * 1024;

Error errorOf(int code) {
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Error::Busy;
    case SQLITE_FULL:
        return Error::Full;
    case SQLITE_IOERR:
        return Error::Io;
    case SQLITE_READONLY:
        return Error::ReadOnly;
    case SQLITE_CORRUPT:
        return Error::Corrupt;
    case SQLITE_NOTADB:
        return Error::NotADatabase;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return Error::CannotOpen;
    case SQLITE_CONSTRAINT:
        return Error::Constraint;
    default:
        return Error::Internal;
    }
}

/// The first word of a statement is all that a log may see of it.
std::string verb(std::string_view sql) {
    return std::string(sql.substr(0, sql.find_first_of(" \n(")));
}

/// SQLite would create the file with the umask's mode: create it first with ours.
void createPrivately(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        ::close(file);
    }
}

int applyKey(sqlite3* handle, const DatabaseKey& key) {
    // The raw-key form x'…' spares SQLCipher's own key derivation: the key is random already.
    SecretBytes text(67);
    const std::span<std::uint8_t> out = text.exposeWritable();
    out[0] = 'x';
    out[1] = '\'';
    static constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < 32; ++i) {
        out[2 + 2 * i] = static_cast<std::uint8_t>(kDigits[key.expose()[i] >> 4U]);
        out[3 + 2 * i] = static_cast<std::uint8_t>(kDigits[key.expose()[i] & 15U]);
    }
    out[66] = '\'';
    return sqlite3_key_v2(handle, "main", out.data(), 67);
}

} // namespace

const char* describe(Error error) {
    switch (error) {
    case Error::Busy:
        return "the database is in use";
    case Error::Full:
        return "no space left on the disk";
    case Error::Io:
        return "the disk reported an error";
    case Error::ReadOnly:
        return "the file cannot be written";
    case Error::Corrupt:
        return "the database is damaged";
    case Error::NotADatabase:
        return "wrong key, or not a database";
    case Error::NewerSchema:
        return "the database was written by a newer version";
    case Error::CannotOpen:
        return "the file cannot be opened";
    case Error::Constraint:
        return "a row contradicts another";
    case Error::Internal:
        return "the statement failed";
    }
    return "";
}

struct Database::Origin {
    std::filesystem::path path;
    OpenOptions options;
    std::optional<DatabaseKey> key;
};

Expected<Database, Error> Database::open(const std::filesystem::path& path, const OpenOptions& options) {
    using Mode = OpenOptions::Mode;
    if (options.mode == Mode::CreateOrOpen && options.vfs.empty()) {
        createPrivately(path);
    }
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (options.mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      (options.mode == Mode::CreateOrOpen ? SQLITE_OPEN_CREATE : 0);
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
    Database database(handle);
    if (code != SQLITE_OK) {
        return unexpected(errorOf(code));
    }
    return attempt([&]() -> Database {
        sqlite3_busy_timeout(handle, static_cast<int>(options.busyTimeout.count()));
        sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        // Or SQLite would prepare a statement again for each new value of a LIMIT that is bound.
        sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
        // The last connection to close moves the WAL into the database. One that could not read it must not:
        // who knows what it would write over what.
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        if (options.key != nullptr) {
            // SQLCipher would write a line to stderr for every wrong key and damaged page.
            database.execute("PRAGMA cipher_log_level = NONE");
            const int keyed = applyKey(handle, *options.key);
            if (keyed != SQLITE_OK) {
                database.fail(keyed, "KEY");
            }
        }
        // The first read proves the key. An unencrypted database opened with a key fails here too, and the
        // reverse.
        database.execute("SELECT count(*) FROM sqlite_schema");
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
        database.execute("PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;");
        if (options.mode != Mode::ReadOnly) {
            database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            if (mutated(Mutant::LooseSync)) {
                database.execute("PRAGMA synchronous = NORMAL");
            }
            database.settleLog();
            database.execute(options.secureDelete ? "PRAGMA secure_delete = ON"
                                                  : "PRAGMA secure_delete = OFF");
        }
        if (options.tokenizer != nullptr) {
            const int known = registerTokenizer(handle, *options.tokenizer);
            if (known != SQLITE_OK) {
                database.fail(known, "TOKENIZER");
            }
        }
        database.execute("PRAGMA cache_size = -" + std::to_string(options.cacheKibibytes));
        if (options.reopensItself) {
            database.m_origin = std::make_unique<Origin>(Origin{path, options, std::nullopt});
            database.m_origin->options.mode = Mode::OpenExisting;
            database.m_origin->options.key = nullptr;
            if (options.key != nullptr) {
                database.m_origin->key = DatabaseKey::from(options.key->expose());
            }
        }
        return std::move(database);
    });
}

Database::Database(sqlite3* handle)
    : m_handle(handle) {}

Database::Database(Database&& other) noexcept
    : m_handle(std::exchange(other.m_handle, nullptr))
    , m_origin(std::move(other.m_origin))
    , m_failed(other.m_failed)
    , m_idle(std::exchange(other.m_idle, {}))
    , m_rollbacks(other.m_rollbacks) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(m_handle, other.m_handle);
    std::swap(m_origin, other.m_origin);
    std::swap(m_failed, other.m_failed);
    std::swap(m_idle, other.m_idle);
    std::swap(m_rollbacks, other.m_rollbacks);
    return *this;
}

Database::~Database() {
    close();
}

void Database::close() {
    for (const auto& [sql, statements] : m_idle) {
        for (sqlite3_stmt* statement : statements) {
            sqlite3_finalize(statement);
        }
    }
    m_idle.clear();
    sqlite3_close_v2(std::exchange(m_handle, nullptr));
}

/// A commit whose sync failed may stand in the WAL all the same, and no later sync would bring it to the disk
/// (R12): whatever is written from now on is to rest on what is there. A checkpoint moves it to the database;
/// without room for that, each byte of the WAL is written once more where it stands.
void Database::settleLog() {
    const int moved =
        sqlite3_wal_checkpoint_v2(m_handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (moved == SQLITE_OK) {
        return;
    }
    const Error error = errorOf(moved);
    if (error == Error::Full) {
        rewriteLog();
    } else if (error == Error::Io) { // on a disk that fails nothing is begun
        throw Failure(error, "bringing the log to the disk");
    }
}

Expected<void, Error> Database::emptyLog() {
    return attempt([&] {
        const int moved =
            sqlite3_wal_checkpoint_v2(m_handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        if (moved != SQLITE_OK) {
            throw Failure(errorOf(moved), "emptying the log");
        }
    });
}

bool Database::tryEmptyLog() {
    return attempt([&] {
               auto patience = query("PRAGMA busy_timeout");
               const int before = patience.next() ? static_cast<int>(patience.integer(0)) : 0;
               sqlite3_busy_timeout(m_handle, 0);
               const int moved =
                   sqlite3_wal_checkpoint_v2(m_handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
               sqlite3_busy_timeout(m_handle, before);
               return moved == SQLITE_OK;
           })
        .value_or(false);
}

void Database::rewriteLog() {
    const Transaction alone(*this); // whoever else has it open appends nothing meanwhile
    sqlite3_file* log = nullptr;
    int code = sqlite3_file_control(m_handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
    sqlite3_int64 size = 0;
    if (code == SQLITE_OK && log != nullptr && log->pMethods != nullptr) {
        code = log->pMethods->xFileSize(log, &size);
    }
    std::vector<std::uint8_t> part(kRewrittenAtOnce);
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size;) {
        const auto length = static_cast<int>(std::min<sqlite3_int64>(size - at, kRewrittenAtOnce));
        code = log->pMethods->xRead(log, part.data(), length, at);
        if (code == SQLITE_OK) {
            code = log->pMethods->xWrite(log, part.data(), length, at);
        }
        at += length;
    }
    if (code == SQLITE_OK && size > 0) {
        code = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
    }
    if (code != SQLITE_OK) {
        throw Failure(errorOf(code), "writing the log once more");
    }
}

/// What a failed sync should have brought to the disk stays in the system's memory, and no later sync of the
/// same file need bring it there. What was committed before stands in the WAL for certain: it is written
/// anew, to the database, and the WAL is emptied of what came after. Then nothing is believed that a new
/// connection has not read.
void Database::reopen() {
    if (m_failed == Failed::Writing && m_handle != nullptr) {
        const int code =
            sqlite3_wal_checkpoint_v2(m_handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        if (code != SQLITE_OK) {
            throw Failure(errorOf(code), "bringing the log to the disk again");
        }
    }
    if (m_handle != nullptr) {
        sqlite3_db_config(m_handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    close();
    ++m_rollbacks;              // what was cached from here may never have been
    m_failed = Failed::Reading; // until it is open again
    OpenOptions options = m_origin->options;
    options.reopensItself = false;
    options.key = m_origin->key ? &*m_origin->key : nullptr;
    auto fresh = open(m_origin->path, options);
    if (!fresh) {
        throw Failure(fresh.error(), "opening the database again");
    }
    std::swap(m_handle, fresh->m_handle);
    m_failed = Failed::No;
}

void Database::execute(std::string_view script) {
    const int code = sqlite3_exec(m_handle, std::string(script).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code, script);
    }
}

std::int64_t Database::lastInsertId() const {
    return sqlite3_last_insert_rowid(m_handle);
}
int Database::changes() const {
    return sqlite3_changes(m_handle);
}
bool Database::inTransaction() const {
    return sqlite3_get_autocommit(m_handle) == 0;
}

std::vector<std::string> Database::check() {
    std::vector<std::string> faults;
    // cipher_integrity_check names pages whose MAC is wrong; on an unencrypted database it has nothing to
    // say.
    for (const auto* sql : {"PRAGMA cipher_integrity_check", "PRAGMA integrity_check"}) {
        const auto finished = attempt([&] {
            for (Rows rows = query(sql); rows.next();) {
                if (rows.textView(0) != "ok" && rows.textView(0) != "database file is not encrypted") {
                    faults.push_back(rows.text(0));
                }
            }
        });
        if (!finished) {
            faults.emplace_back(describe(finished.error()));
        }
    }
    return faults;
}

sqlite3_stmt* Database::take(std::string_view sql) {
    if (m_failed != Failed::No && m_origin && m_running == 0 && m_open == 0) {
        reopen();
    }
    if (const auto found = m_idle.find(sql.data()); found != m_idle.end() && !found->second.empty()) {
        sqlite3_stmt* kept = found->second.back();
        found->second.pop_back();
        // Somebody's text that was no literal may have stood at this address before.
        if (sql == sqlite3_sql(kept)) {
            ++m_running;
            return kept;
        }
        sqlite3_finalize(kept);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(m_handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
        fail(code, sql);
    }
    ++m_running;
    return statement;
}

void Database::giveBack(sqlite3_stmt* statement, const char* text) noexcept {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement); // bound contents do not linger in idle statements
    m_idle[text].push_back(statement);
    --m_running;
}

void Database::fail(int code, std::string_view doing) {
    const Error error = errorOf(code);
    if (error == Error::Io) {
        m_failed = Failed::Writing;
    } else if (m_failed == Failed::No &&
               (error == Error::Corrupt || error == Error::NotADatabase || (code & 0xFF) == SQLITE_NOMEM)) {
        // SQLCipher's word for a page that it could not decrypt or encrypt is want of memory, and it goes on
        // saying so.
        m_failed = Failed::Reading;
    }
    throw Failure(error,
                  verb(doing) + ": " + (m_handle != nullptr ? sqlite3_errmsg(m_handle) : "no database"));
}

Transaction::Transaction(Database& database)
    : m_database(database) {
    database.run("BEGIN IMMEDIATE");
    ++database.m_open;
}

Transaction::~Transaction() {
    --m_database.m_open;
    if (m_open) {
        ++m_database.m_rollbacks;
        // Some failures (full disk, I/O) have rolled back already: then this finds no transaction, which is
        // as good.
        sqlite3_exec(m_database.m_handle, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    if (mutated(Mutant::CommitUnchecked)) {
        m_open = !attempt([&] { m_database.run("COMMIT"); }) && m_database.inTransaction();
        return;
    }
    m_database.run("COMMIT");
    m_open = false;
}

Savepoint::Savepoint(Database& database)
    : m_database(database) {
    database.run("SAVEPOINT part");
}

Savepoint::~Savepoint() {
    if (m_open) {
        ++m_database.m_rollbacks;
        sqlite3_exec(m_database.m_handle, "ROLLBACK TO part; RELEASE part", nullptr, nullptr, nullptr);
    }
}

void Savepoint::release() {
    m_database.run("RELEASE part");
    m_open = false;
}

void Savepoint::rollBack() {
    ++m_database.m_rollbacks;
    m_open = false;
    m_database.run("ROLLBACK TO part");
    m_database.run("RELEASE part");
}

} // namespace sotto::db
