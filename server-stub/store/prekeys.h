// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The prekey directory. A one-time prekey is handed out once: its key is erased in the transaction that
/// takes it, and its id is remembered as spent, so that a repeated upload does not bring it back (case 38).

#include "core/base/clock.h"
#include "core/db/database.h"
#include "server-stub/relay/command.h"

namespace sotto::relay {

class Prekeys {
public:
    explicit Prekeys(db::Database& database)
        : m_database(database) {}
    void setStatement(MailboxId mailbox, const SignedBundleStatement& statement);
    std::optional<SignedBundleStatement> statement(MailboxId mailbox);
    void add(MailboxId mailbox, const std::vector<OneTimePrekey>& prekeys);
    /// Forgets the unspent ones.
    void clear(MailboxId mailbox);
    std::uint32_t count(MailboxId mailbox);
    std::optional<OneTimePrekey> take(MailboxId mailbox, WallTime now);
    void drop(MailboxId mailbox);
    void forgetSpentBefore(WallTime time);

private:
    db::Database& m_database;
};

} // namespace sotto::relay
