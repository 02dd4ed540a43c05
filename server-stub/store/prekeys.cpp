// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/prekeys.h"

namespace sotto::relay {

void Prekeys::setStatement(MailboxId mailbox, const SignedBundleStatement& statement) {
    m_database.run("INSERT OR REPLACE INTO bundle(mailbox, statement, signature) VALUES (?, ?, ?)", mailbox,
                   statement.bytes, statement.signature);
}

std::optional<SignedBundleStatement> Prekeys::statement(MailboxId mailbox) {
    auto rows = m_database.query("SELECT statement, signature FROM bundle WHERE mailbox = ?", mailbox);
    if (!rows.next()) {
        return std::nullopt;
    }
    return SignedBundleStatement{rows.blob(0), rows.fixed<Signature>(1)};
}

void Prekeys::add(MailboxId mailbox, const std::vector<OneTimePrekey>& prekeys) {
    for (const OneTimePrekey& prekey : prekeys) {
        m_database.run("INSERT OR IGNORE INTO prekey(mailbox, id, key, spent_at) VALUES (?, ?, ?, 0)",
                       mailbox, prekey.id, prekey.key);
    }
}

void Prekeys::clear(MailboxId mailbox) {
    m_database.run("DELETE FROM prekey WHERE mailbox = ? AND spent_at = 0", mailbox);
}

std::uint32_t Prekeys::count(MailboxId mailbox) {
    auto rows = m_database.query("SELECT count(*) FROM prekey WHERE mailbox = ? AND spent_at = 0", mailbox);
    rows.next();
    return rows.as<std::uint32_t>(0);
}

std::optional<OneTimePrekey> Prekeys::take(MailboxId mailbox, WallTime now) {
    OneTimePrekey prekey;
    {
        auto rows = m_database.query("SELECT id, key FROM prekey WHERE mailbox = ? AND spent_at = 0 LIMIT 1",
                                     mailbox);
        if (!rows.next()) {
            return std::nullopt;
        }
        prekey = {rows.as<std::uint32_t>(0), rows.fixed<Curve25519Key>(1)};
    }
    m_database.run("UPDATE prekey SET key = x'', spent_at = ? WHERE mailbox = ? AND id = ?",
                   std::max<std::int64_t>(1, unixMilliseconds(now)), mailbox, prekey.id);
    return prekey;
}

void Prekeys::drop(MailboxId mailbox) {
    m_database.run("DELETE FROM prekey WHERE mailbox = ?", mailbox);
    m_database.run("DELETE FROM bundle WHERE mailbox = ?", mailbox);
}

void Prekeys::forgetSpentBefore(WallTime time) {
    m_database.run("DELETE FROM prekey WHERE spent_at > 0 AND spent_at < ?", unixMilliseconds(time));
}

} // namespace sotto::relay
