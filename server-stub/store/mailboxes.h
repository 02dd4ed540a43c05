// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Mail that waits: rows and payloads (schema.h). What is known of a mailbox in use is kept in memory.

#include "core/db/database.h"
#include "server-stub/relay/command.h"
#include "server-stub/relay/limits.h"
#include "server-stub/store/accounts.h"

namespace sotto::relay {

struct Mailbox {
    MailboxNumber acked{};
    Stamp ackedStamp{};
    MailboxNumber newest{};
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    struct Share {
        AccountRow sender{};
        std::uint64_t rows = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<Share> shares; ///< who sent what waits
    bool changed = false;      ///< since save()
};

class Mailboxes {
public:
    Mailboxes(db::Database& database, const Limits& limits)
        : m_database(database)
        , m_limits(limits) {}

    Mailbox& find(MailboxId id); ///< holds until forgetCached()
    /// Whether one more row of this sender has room. A sender other than the mailbox's own account may hold
    /// at most a share of what is free, so that a newcomer always finds room however many flood it (case 98).
    bool hasRoom(MailboxId id, AccountRow sender, bool ownAccount, std::size_t bytes);
    /// A row for each mailbox in `placed`, which gets its number there.
    void place(StoreSend& send, AccountRow sender);
    void acknowledge(MailboxId id, MailboxNumber upTo);
    /// Writes what acknowledgements changed, once for each mailbox: before the end of every transaction.
    void save();
    /// The stamp of a row that is still there, or of the last acknowledged one.
    std::optional<Stamp> stampAt(MailboxId id, MailboxNumber position);
    void read(ReadRows& command, Accounts& accounts);
    void drop(MailboxId id);
    /// Looks at the next mailboxes in turn; rows stamped before the cutoff become a tombstone.
    void expire(std::uint64_t cutoff);

    void forgetCached();
    bool cacheIsFull() const { return m_cache.size() >= kMaxCached; }

private:
    static constexpr std::size_t kMaxCached = 100'000;
    struct StoredRow {
        MailboxNumber number{};
        Stamp stamp{};
        AccountRow sender{}; ///< none: a tombstone
        std::uint64_t size = 0;
        std::int64_t shared = 0;
    };
    /// The oldest rows, in order.
    std::vector<StoredRow> rowsUpTo(MailboxId id, MailboxNumber upTo, std::size_t maximum);
    /// Deletes rows and the payloads that nobody needs any more.
    void remove(MailboxId id, Mailbox& mailbox, const std::vector<StoredRow>& rows);
    void expireMailbox(MailboxId id, std::uint64_t cutoff);

    db::Database& m_database;
    const Limits& m_limits;
    std::unordered_map<MailboxId, Mailbox> m_cache;
    std::vector<MailboxId> m_changed;
    MailboxId m_expired{}; ///< the mailbox looked at last
};

} // namespace sotto::relay
