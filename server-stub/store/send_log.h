// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which sends were answered as stored: a repeated one gets the same answer and is not stored again (R1).
///
/// Send ids are random: sorted right away, each would change a page of its own. New ones are appended to
/// `recent_send` and kept in memory as well; many at once are then moved into `send`, in its order.

#include "core/base/clock.h"
#include "core/db/database.h"
#include "server-stub/relay/command.h"

#include <map>

namespace sotto::relay {

class SendLog {
public:
    using Hash = std::array<std::uint8_t, 16>;
    struct Entry {
        Hash hash{};
        Stamp stamp{};
    };
    explicit SendLog(db::Database& database)
        : m_database(database) {}
    std::optional<Entry> find(MailboxId sender, const SendId& id);
    void add(MailboxId sender, const SendId& id, const Entry& entry);
    /// Moves the recent ones once they are many.
    void settle();
    /// Forgets all that a device sent.
    void drop(MailboxId sender);
    /// Looks at the next entries in turn and forgets those stamped before the cutoff.
    void forgetBefore(std::uint64_t cutoff);

    /// After a transaction that failed.
    void forgetCached();

private:
    /// About 8 MB in memory.
    static constexpr std::size_t kMaxRecent = 50'000;
    void load();
    void moveRecent();

    db::Database& m_database;
    /// What `recent_send` has. A map for each device: ids are the sender's choice, and cost nobody else.
    std::unordered_map<MailboxId, std::map<SendId, Entry>> m_recent;
    std::size_t m_recentCount = 0;
    Stamp m_oldestRecent{};
    bool m_loaded = false;
    MailboxId m_lookedAt{};
    SendId m_lookedAtId;
};

} // namespace sotto::relay
