// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/peer_store.h"

namespace sotto::core {

bool PeerStore::countReceived(const DeviceAddress& device, std::int64_t messages, WallTime now) {
    auto rows =
        m_database.query("INSERT INTO peer(account, device, received, since) VALUES (?1, ?2, ?3, ?4) "
                         "ON CONFLICT(account, device) DO UPDATE SET received = received + ?3, "
                         "since = CASE WHEN received = 0 THEN ?4 ELSE since END RETURNING received",
                         m_accounts.rowOf(device.account), device.device, messages, unixMilliseconds(now));
    const bool due = rows.next() && rows.integer(0) >= kTurnAfter;
    rows.next(); // to its end: the statement counts only then
    return due;
}

std::vector<DeviceAddress> PeerStore::turnsDue(WallTime now) const {
    std::vector<DeviceAddress> due;
    // A clock that went back must not stop the turns.
    for (auto rows = m_database.query(
             "SELECT a.key, p.device FROM peer p JOIN account a ON a.id = p.account "
             "WHERE p.received >= ?1 OR (p.received > 0 AND (p.since <= ?2 OR p.since > ?3))",
             kTurnAfter, unixMilliseconds(now - kTurnAtLatest), unixMilliseconds(now + kTurnAtLatest));
         rows.next();) {
        due.push_back({rows.fixed<AccountId>(0), rows.as<DeviceNumber>(1)});
    }
    return due;
}

void PeerStore::wantTurn(const DeviceAddress& device, WallTime now) {
    countReceived(device, kTurnAfter, now);
}

void PeerStore::setTurned(const DeviceAddress& device, WallTime now) {
    m_database.run("UPDATE peer SET received = 0, since = 0, turned_at = ? WHERE account = ? AND device = ?",
                   unixMilliseconds(now), m_accounts.rowOf(device.account), device.device);
}

std::optional<WallTime> PeerStore::turnedAt(const DeviceAddress& device) const {
    auto rows = m_database.query("SELECT p.turned_at FROM peer p JOIN account a ON a.id = p.account "
                                 "WHERE a.key = ? AND p.device = ? AND p.turned_at > 0",
                                 device.account, device.device);
    return rows.next() ? std::optional(wallTime(rows.integer(0))) : std::nullopt;
}

void PeerStore::wantRenewal(const DeviceAddress& device) {
    m_database.run("INSERT INTO peer(account, device, renew) VALUES (?, ?, 1) "
                   "ON CONFLICT(account, device) DO UPDATE SET renew = 1",
                   m_accounts.rowOf(device.account), device.device);
}

bool PeerStore::isRenewalDue(const DeviceAddress& device, WallTime now) const {
    return m_database
        .query("SELECT 1 FROM peer p JOIN account a ON a.id = p.account WHERE a.key = ?1 AND p.device = ?2 "
               "AND p.renew = 1 AND (p.renewed_at <= ?3 OR p.renewed_at > ?4)",
               device.account, device.device, unixMilliseconds(now - kBetweenRenewals),
               unixMilliseconds(now + kBetweenRenewals))
        .next();
}

void PeerStore::setRenewed(const DeviceAddress& device, WallTime now) {
    m_database.run("UPDATE peer SET renew = 0, renewed_at = ? WHERE account = ? AND device = ?",
                   unixMilliseconds(now), m_accounts.rowOf(device.account), device.device);
}

void PeerStore::setReceivedHead(ConversationKey conversation, std::uint64_t generation,
                                const DeviceAddress& device, std::uint64_t seq) {
    m_database.run("INSERT INTO received_head(conversation, generation, account, device, seq) "
                   "VALUES (?, ?, ?, ?, ?) ON CONFLICT(conversation, generation, account, device) "
                   "DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq",
                   conversation, generation, m_accounts.rowOf(device.account), device.device, seq);
}

std::vector<std::pair<DeviceAddress, std::uint64_t>>
PeerStore::receivedHeads(ConversationKey conversation, std::uint64_t generation) const {
    std::vector<std::pair<DeviceAddress, std::uint64_t>> heads;
    for (auto rows = m_database.query("SELECT a.key, r.device, r.seq FROM received_head r "
                                      "JOIN account a ON a.id = r.account WHERE r.conversation = ? AND "
                                      "r.generation = ? ORDER BY r.account, r.device",
                                      conversation, generation);
         rows.next();) {
        heads.emplace_back(DeviceAddress{rows.fixed<AccountId>(0), rows.as<DeviceNumber>(1)},
                           rows.unsignedInteger(2));
    }
    return heads;
}

std::uint64_t PeerStore::receivedHead(ConversationKey conversation, std::uint64_t generation,
                                      const DeviceAddress& device) const {
    auto rows =
        m_database.query("SELECT r.seq FROM received_head r JOIN account a ON a.id = r.account "
                         "WHERE r.conversation = ? AND r.generation = ? AND a.key = ? AND r.device = ?",
                         conversation, generation, device.account, device.device);
    return rows.next() ? rows.unsignedInteger(0) : 0;
}

} // namespace sotto::core
