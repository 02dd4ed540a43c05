// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/send_log.h"

#include <algorithm>

namespace sotto::relay {
namespace {

/// Looked at a time: there is no index on age, which every send would have to pay for.
constexpr int kEntriesPerSweep = 5'000;

SendLog::Hash hashOf(BytesView bytes) {
    SendLog::Hash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

} // namespace

std::optional<SendLog::Entry> SendLog::find(MailboxId sender, const SendId& id) {
    load();
    if (const auto device = m_recent.find(sender); device != m_recent.end()) {
        if (const auto entry = device->second.find(id); entry != device->second.end()) {
            return entry->second;
        }
    }
    auto rows = m_database.query("SELECT hash, stamp FROM send WHERE mailbox = ? AND id = ?", sender, id);
    if (!rows.next()) {
        return std::nullopt;
    }
    return Entry{hashOf(rows.blobView(0)), rows.as<Stamp>(1)};
}

void SendLog::add(MailboxId sender, const SendId& id, const Entry& entry) {
    load();
    m_database.run("INSERT INTO recent_send(mailbox, send_id, hash, stamp) VALUES (?, ?, ?, ?)", sender, id,
                   BytesView(entry.hash), entry.stamp);
    m_recent[sender].emplace(id, entry);
    m_oldestRecent = m_recentCount++ == 0 ? entry.stamp : m_oldestRecent;
}

void SendLog::load() {
    if (m_loaded) {
        return;
    }
    auto rows = m_database.query("SELECT mailbox, send_id, hash, stamp FROM recent_send ORDER BY id");
    while (rows.next()) {
        const Entry entry{hashOf(rows.blobView(2)), rows.as<Stamp>(3)};
        m_recent[rows.as<MailboxId>(0)].emplace(rows.fixed<SendId>(1), entry);
        m_oldestRecent = m_recentCount++ == 0 ? entry.stamp : m_oldestRecent;
    }
    m_loaded = true;
}

void SendLog::settle() {
    if (m_recentCount >= kMaxRecent) {
        moveRecent();
    }
}

void SendLog::moveRecent() {
    m_database.run("INSERT INTO send(mailbox, id, hash, stamp) "
                   "SELECT mailbox, send_id, hash, stamp FROM recent_send ORDER BY mailbox, send_id");
    m_database.run("DELETE FROM recent_send");
    m_recent.clear();
    m_recentCount = 0;
}

void SendLog::drop(MailboxId sender) {
    load();
    m_database.run("DELETE FROM send WHERE mailbox = ?", sender);
    if (const auto recent = m_recent.find(sender); recent != m_recent.end()) {
        m_database.run("DELETE FROM recent_send WHERE mailbox = ?", sender);
        m_recentCount -= recent->second.size();
        m_recent.erase(recent);
    }
}

void SendLog::forgetCached() {
    m_recent.clear();
    m_recentCount = 0;
    m_loaded = false;
}

void SendLog::forgetBefore(std::uint64_t cutoff) {
    load();
    if (m_recentCount != 0 && number(m_oldestRecent) < cutoff) {
        moveRecent(); // what is old is looked for in one place
    }
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
