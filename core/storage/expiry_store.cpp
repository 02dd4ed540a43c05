// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/expiry_store.h"

namespace sotto::core {

void ExpiryStore::add(MessageKey message, std::uint32_t seconds) {
    m_database.run("INSERT INTO expiry(message, seconds, deadline) VALUES (?, ?, NULL)", message, seconds);
    m_database.run("UPDATE message SET extras = extras | ?2 WHERE id = ?1", message, kExpires);
}

std::int64_t ExpiryStore::start(MessageKey message, std::int64_t now) {
    m_database.run("UPDATE expiry SET deadline = ?2 + seconds * 1000 WHERE message = ?1 AND deadline IS NULL",
                   message, now);
    const auto lifetime = of(message);
    return lifetime ? lifetime->deadline : 0;
}

std::optional<ExpiryStore::Lifetime> ExpiryStore::of(MessageKey message) const {
    auto rows =
        m_database.query("SELECT seconds, coalesce(deadline, 0) FROM expiry WHERE message = ?", message);
    return rows.next() ? std::optional(Lifetime{rows.as<std::uint32_t>(0), rows.integer(1)}) : std::nullopt;
}

void ExpiryStore::setDeadline(MessageKey message, std::int64_t deadline) {
    m_database.run("UPDATE expiry SET deadline = ?2 WHERE message = ?1", message, deadline);
}

void ExpiryStore::remove(MessageKey message) {
    m_database.run("DELETE FROM expiry WHERE message = ?", message);
    m_database.run("UPDATE message SET extras = extras & ~?2 WHERE id = ?1", message, kExpires);
}

std::vector<MessageKey> ExpiryStore::due(std::int64_t now, std::size_t limit) const {
    std::vector<MessageKey> keys;
    for (auto rows = m_database.query(
             "SELECT message FROM expiry WHERE deadline <= ? ORDER BY deadline LIMIT ?", now, limit);
         rows.next();) {
        keys.push_back(rows.as<MessageKey>(0));
    }
    return keys;
}

std::optional<std::int64_t> ExpiryStore::nextDeadline() const {
    auto rows =
        m_database.query("SELECT deadline FROM expiry WHERE deadline IS NOT NULL ORDER BY deadline LIMIT 1");
    return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

void ExpiryStore::restartLaterThan(std::int64_t now) {
    m_database.run("UPDATE expiry SET deadline = ?1 + seconds * 1000 WHERE deadline IS NOT NULL AND "
                   "deadline - seconds * 1000 > ?1",
                   now);
}

void ExpiryStore::startForgotten(std::int64_t now) {
    m_database.run(
        "UPDATE expiry SET deadline = ?1 + seconds * 1000 WHERE deadline IS NULL AND EXISTS (SELECT 1 "
        "FROM message m JOIN conversation v ON v.id = m.conversation WHERE m.id = expiry.message AND "
        "CASE WHEN m.outgoing <> 0 THEN m.state BETWEEN ?2 AND ?3 ELSE "
        "(m.sort_stamp, m.seq) <= (v.read_stamp, v.read_seq) END)",
        now, MessageState::Sent, MessageState::Read);
}

std::optional<TimerChange> ExpiryStore::timer(ConversationKey conversation) const {
    auto rows = m_database.query("SELECT t.revision, a.key, t.device, t.message_id, t.seconds FROM "
                                 "conversation_timer t JOIN account a ON a.id = t.account "
                                 "WHERE t.conversation = ?",
                                 conversation);
    return rows.next() ? std::optional(TimerChange{rows.unsignedInteger(0),
                                                   {rows.fixed<AccountId>(1), rows.as<DeviceNumber>(2)},
                                                   rows.fixed<MessageId>(3),
                                                   rows.as<std::uint32_t>(4)})
                       : std::nullopt;
}

void ExpiryStore::setTimer(ConversationKey conversation, const TimerChange& change) {
    m_database.run("INSERT INTO conversation_timer(conversation, seconds, revision, account, device, "
                   "message_id) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(conversation) DO UPDATE SET "
                   "seconds = excluded.seconds, revision = excluded.revision, account = excluded.account, "
                   "device = excluded.device, message_id = excluded.message_id",
                   conversation, change.seconds, change.revision, m_accounts.rowOf(change.sender.account),
                   change.sender.device, change.id);
}

void ExpiryStore::addChange(MessageKey message, const TimerChange& change) {
    m_database.run("INSERT INTO timer_change(message, seconds, revision) VALUES (?, ?, ?)", message,
                   change.seconds, change.revision);
    m_database.run("UPDATE message SET extras = extras | ?2 WHERE id = ?1", message, kSetsTimer);
}

void ExpiryStore::removeChange(MessageKey message) {
    m_database.run("DELETE FROM timer_change WHERE message = ?", message);
    m_database.run("UPDATE message SET extras = extras & ~?2 WHERE id = ?1", message, kSetsTimer);
}

std::optional<ExpiryStore::Told> ExpiryStore::change(MessageKey message) const {
    auto rows = m_database.query("SELECT seconds, revision FROM timer_change WHERE message = ?", message);
    return rows.next() ? std::optional(Told{rows.as<std::uint32_t>(0), rows.unsignedInteger(1)})
                       : std::nullopt;
}

} // namespace sotto::core
