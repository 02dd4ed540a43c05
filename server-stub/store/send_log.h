// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which sends were answered as stored: a repeated one gets the same answer and is not stored again (R1).

#include "core/base/clock.h"
#include "core/db/database.h"
#include "server-stub/relay/command.h"

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
    /// Looks at the next entries in turn and forgets those stamped before the cutoff.
    void forgetBefore(std::uint64_t cutoff);

private:
    db::Database& m_database;
    MailboxId m_lookedAt{};
    SendId m_lookedAtId;
};

} // namespace sotto::relay
