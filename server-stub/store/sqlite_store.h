// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The store in one SQLite file: WAL, synchronous=FULL, not encrypted (it holds ciphertext and what a relay
/// must know). One thread at a time; `sotto-relay invite` may write invites from another process meanwhile.

#include "server-stub/relay/store.h"
#include "server-stub/store/accounts.h"
#include "server-stub/store/invites.h"
#include "server-stub/store/mailboxes.h"
#include "server-stub/store/prekeys.h"
#include "server-stub/store/send_log.h"
#include "server-stub/store/stamp_clock.h"

namespace sotto::relay {

class SqliteStore final : public Store {
public:
    /// Opens or creates, and migrates. `random` makes the epoch of a new store. A simulated disk is named by
    /// `vfs`.
    static Expected<std::unique_ptr<SqliteStore>, db::Error>
    open(std::filesystem::path path, const Limits& limits, Random& random, std::string vfs = {});

    Expected<void, StoreError> execute(std::span<Job> jobs, WallTime now) override;

    /// Before anything else runs, and only then.
    Expected<Bytes, db::Error> makeInvite(Random& random, WallTime expires);
    /// Faults that PRAGMA integrity_check finds.
    std::vector<std::string> check() { return m_database.check(); }

private:
    SqliteStore(db::Database database, std::filesystem::path path, const Limits& limits, std::string vfs);
    static Expected<db::Database, db::Error> connect(const std::filesystem::path& path,
                                                     const std::string& vfs);
    void loadState();
    void forgetCached();
    bool reopen();

    void execute(FindDevice& command, WallTime now);
    void execute(LogIn& command, WallTime now);
    void execute(RegisterAccount& command, WallTime now);
    void execute(PublishList& command, WallTime now);
    void execute(FetchLists& command, WallTime now);
    void execute(PublishPrekeys& command, WallTime now);
    void execute(FetchBundles& command, WallTime now);
    void execute(StoreSend& command, WallTime now);
    void execute(Acknowledge& command, WallTime now);
    void execute(ReadRows& command, WallTime now);
    void execute(Expire& command, WallTime now);

    /// What is wrong with the lists that a send names; empty when they are the newest and the headers exactly
    /// fit.
    enum class Fit { Exact, Differ, UnknownAccount };
    Fit checkLists(StoreSend& command, const Account& own);
    bool cursorAgrees(const LogIn& command, const Mailbox& mailbox);
    void storeGeneration(LogIn& command);

    std::filesystem::path m_path;
    std::string m_vfs;
    const Limits m_limits;
    bool m_mustReopen = false; ///< since a failure after which a sync proves nothing (R12)
    db::Database m_database;
    Epoch m_epoch;
    StampClock m_clock;
    Stamp m_storedStamp{};
    Invites m_invites;
    Accounts m_accounts;
    Prekeys m_prekeys;
    Mailboxes m_mailboxes;
    SendLog m_sendLog;
};

} // namespace sotto::relay
