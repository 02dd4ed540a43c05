// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One SQLite connection, encrypted when it has a key (SQLCipher), used by client and relay. Not thread-safe:
/// one thread owns it. WAL with synchronous=FULL: what a committed transaction wrote survives a power cut
/// (R13).
///
///     // Expected<void, Error>
///     database.transaction([&] { database.run("INSERT INTO note(text) VALUES (?)", text); });
///     // inside a transaction or attempt()
///     for (auto rows = database.query("SELECT id FROM note WHERE id > ?", after); rows.next();) {
///         use(rows.integer(0));
///     }
///
/// run() and query() throw Failure (error.h). SQL is always a literal: values are bound, never glued in.

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/db/error.h"
#include "core/db/rows.h"
#include "core/db/tokenizer.h"

#include <filesystem>
#include <memory>
#include <unordered_map>

struct sqlite3;

namespace sotto::db {

using DatabaseKey = Secret<32>;

struct OpenOptions {
    const DatabaseKey* key = nullptr; ///< nullptr: not encrypted. Needed during open() only.
    enum class Mode { CreateOrOpen, OpenExisting, ReadOnly } mode = Mode::CreateOrOpen;
    Milliseconds busyTimeout{5000}; ///< how long a statement waits for another process
    std::string vfs; ///< name of a registered SQLite VFS; empty: the system's. For simulated disks.
    int cacheKibibytes = 8192;
    bool secureDelete = true; ///< overwrite what is deleted; ciphertext that goes anyway can spare the time
    /// For full-text indexes; must outlive the connection. nullptr: such tables cannot be used.
    const Tokenizer* tokenizer = nullptr;
    /// After the disk failed: closes, opens again and brings everything to the disk before the next statement
    /// outside of a transaction, which fails while that fails (R12). Keeps the key for it.
    bool reopensItself = false;
};

class Database {
public:
    /// Opens and proves the key by reading the schema. The file is created with mode 0600 whatever the umask.
    static Expected<Database, Error> open(const std::filesystem::path& path, const OpenOptions& options);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database(); ///< checkpoints the WAL when it is the last connection

    /// Executes one statement that returns nothing.
    template <class... Values>
    void run(std::string_view sql, const Values&... values) {
        Rows rows = query(sql, values...);
        rows.next();
    }
    /// Prepared statements are kept by their text and reused.
    template <class... Values>
    Rows query(std::string_view sql, const Values&... values) {
        Rows rows(*this, take(sql), sql.data());
        rows.bindAll(values...);
        return rows;
    }
    /// The same where only the caller knows how many values there are. The text must live as long as the
    /// connection.
    Rows queryValues(std::string_view sql, std::span<const Value> values) {
        Rows rows(*this, take(sql), sql.data());
        int index = 0;
        for (const Value& value : values) {
            rows.bind(++index, value);
        }
        return rows;
    }
    /// A script of statements without values, for schemas.
    void execute(std::string_view script);

    std::int64_t lastInsertId() const;
    int changes() const; ///< rows changed by the last run()

    /// BEGIN IMMEDIATE, f, COMMIT; a Failure, also of COMMIT itself (R12), rolls back and becomes the result.
    /// To roll back for a reason of its own, f uses a Transaction instead. Not reentrant.
    template <class F>
    auto transaction(F&& f) -> Expected<std::invoke_result_t<F>, Error>;

    /// Everything committed moves into the database, and the log is emptied: what was deleted stands in
    /// neither any more. Busy while another connection reads.
    Expected<void, Error> emptyLog();
    /// The same at once or not at all: false while another connection reads.
    bool tryEmptyLog();

    bool inTransaction() const;
    /// Counts transactions and savepoints rolled back. Whoever caches what a row said keeps the number beside
    /// it.
    std::uint64_t rollbacks() const { return m_rollbacks; }
    /// Once a page has failed its check SQLCipher refuses the connection everything else: reopen first (R12).
    /// Empty when every page and index is sound, else what is not (PRAGMA integrity_check;
    /// cipher_integrity_check).
    std::vector<std::string> check();

private:
    friend class Rows;
    friend class Transaction;
    friend class Savepoint;
    explicit Database(sqlite3* handle);
    sqlite3_stmt* take(std::string_view sql);
    void giveBack(sqlite3_stmt* statement, const char* text) noexcept;
    [[noreturn]] void fail(int code, std::string_view doing);
    void close();
    void reopen();
    void settleLog();
    void rewriteLog();

    sqlite3* m_handle = nullptr;
    /// Where it came from, if it reopens itself.
    struct Origin;
    std::unique_ptr<Origin> m_origin;
    /// What has failed since it was opened. A page that failed its check makes SQLCipher refuse all others.
    enum class Failed { No, Reading, Writing } m_failed = Failed::No;
    int m_running = 0; ///< statements that are not given back
    int m_open = 0;    ///< transactions that have begun and not ended, though SQLite may have ended them
    /// By the address of their text: SQL is a literal, and comparing addresses is cheaper than hashing long
    /// texts.
    std::unordered_map<const char*, std::vector<sqlite3_stmt*>> m_idle;
    std::uint64_t m_rollbacks = 0;
};

/// Rolls back when it ends uncommitted.
class Transaction {
public:
    explicit Transaction(Database& database); ///< BEGIN IMMEDIATE
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit(); ///< throws Failure when the commit fails; the destructor then rolls back

private:
    Database& m_database;
    bool m_open = true;
};

/// Part of a transaction that can be undone alone. Rolls back when it ends unreleased. Savepoints nest like
/// blocks.
class Savepoint {
public:
    explicit Savepoint(Database& database);
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint();
    void release();
    void rollBack();

private:
    Database& m_database;
    bool m_open = true;
};

template <class F>
auto Database::transaction(F&& f) -> Expected<std::invoke_result_t<F>, Error> {
    return attempt([&] {
        Transaction transaction(*this);
        if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
            std::forward<F>(f)();
            transaction.commit();
        } else {
            auto result = std::forward<F>(f)();
            transaction.commit();
            return result;
        }
    });
}

} // namespace sotto::db
