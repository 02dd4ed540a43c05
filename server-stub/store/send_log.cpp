// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/send_log.h"

#include <algorithm>

namespace sotto::relay {
namespace {

/// Looked at a time: there is no index on age, which every send would have to pay for.
constexpr int kEntriesPerSweep = 5'000;

} // namespace

std::optional<SendLog::Entry> SendLog::find(MailboxId sender, const SendId& id) {
    auto rows = m_database.query("SELECT hash, stamp FROM send WHERE mailbox = ? AND id = ?", sender, id);
    if (!rows.next()) {
        return std::nullopt;
    }
    Entry entry;
    const BytesView hash = rows.blobView(0);
    std::copy_n(hash.begin(), std::min(hash.size(), entry.hash.size()), entry.hash.begin());
    entry.stamp = rows.as<Stamp>(1);
    return entry;
}

void SendLog::add(MailboxId sender, const SendId& id, const Entry& entry) {
    m_database.run("INSERT INTO send(mailbox, id, hash, stamp) VALUES (?, ?, ?, ?)", sender, id,
                   BytesView(entry.hash), entry.stamp);
}

void SendLog::forgetBefore(std::uint64_t cutoff) {
    std::vector<std::pair<MailboxId, SendId>> old;
    int seen = 0;
    {
        auto rows = m_database.query("SELECT mailbox, id, stamp FROM send WHERE (mailbox, id) > (?, ?) "
                                     "ORDER BY mailbox, id LIMIT ?",
                                     m_lookedAt, m_lookedAtId, kEntriesPerSweep);
        for (; rows.next(); ++seen) {
            m_lookedAt = rows.as<MailboxId>(0);
            m_lookedAtId = rows.fixed<SendId>(1);
            if (rows.unsignedInteger(2) < cutoff) {
                old.emplace_back(m_lookedAt, m_lookedAtId);
            }
        }
    }
    for (const auto& [mailbox, id] : old) {
        m_database.run("DELETE FROM send WHERE mailbox = ? AND id = ?", mailbox, id);
    }
    if (seen < kEntriesPerSweep) {
        m_lookedAt = {};
        m_lookedAtId = {};
    }
}

} // namespace sotto::relay
