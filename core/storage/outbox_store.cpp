// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/outbox_store.h"

namespace sotto::core {
namespace {

#define SOTTO_OUTBOX_COLUMNS "SELECT id, conversation, message, body, class, send, amendment FROM outbox "

template <class Key>
std::optional<Key> optionalKey(const db::Rows& rows, int column) {
    return rows.isNull(column) ? std::nullopt : std::optional(rows.as<Key>(column));
}

/// The ids that a send's headers can have (packed_tables.h).
constexpr std::int64_t kPlaces = 1024;
std::int64_t firstHeader(SendKey send) {
    return static_cast<std::int64_t>(send) * kPlaces;
}
std::int64_t lastHeader(SendKey send) {
    return firstHeader(send) + kPlaces - 1;
}

OutboxRow read(const db::Rows& rows) {
    return {rows.as<OutboxKey>(0),
            rows.as<ConversationKey>(1),
            optionalKey<MessageKey>(rows, 2),
            rows.blob(3),
            rows.as<MailClass>(4),
            optionalKey<SendKey>(rows, 5),
            optionalKey<OwnAmendmentKey>(rows, 6)};
}

} // namespace

void OutboxStore::add(ConversationKey conversation, MessageKey message) {
    m_database.run("INSERT INTO outbox(conversation, message, class) VALUES (?, ?, ?)", conversation, message,
                   MailClass::Durable);
}

void OutboxStore::addInvisible(ConversationKey conversation, BytesView body, MailClass mailClass) {
    m_database.run("INSERT INTO outbox(conversation, body, class) VALUES (?, ?, ?)", conversation, body,
                   mailClass);
}

void OutboxStore::addAmendment(ConversationKey conversation, OwnAmendmentKey amendment) {
    m_database.run("INSERT INTO outbox(conversation, amendment, class) VALUES (?, ?, ?)", conversation,
                   amendment, MailClass::Durable);
}

std::vector<OutboxRow> OutboxStore::after(OutboxKey key, std::size_t limit) const {
    std::vector<OutboxRow> found;
    for (auto rows = m_database.query(SOTTO_OUTBOX_COLUMNS "WHERE id > ? ORDER BY id LIMIT ?", key, limit);
         rows.next();) {
        found.push_back(read(rows));
    }
    return found;
}

std::optional<OutboxRow> OutboxStore::bySend(SendKey send) const {
    auto rows = m_database.query(SOTTO_OUTBOX_COLUMNS "WHERE send = ?", send);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

void OutboxStore::remove(OutboxKey key) {
    m_database.run("DELETE FROM outbox WHERE id = ?", key);
}

bool OutboxStore::eraseContent(MessageKey message) {
    m_database.run("UPDATE send SET content = x'' WHERE message = ?", message);
    m_database.run("DELETE FROM outbox WHERE message = ? AND send IS NULL", message);
    return m_database.changes() != 0;
}

bool OutboxStore::removeUnsealed(OwnAmendmentKey amendment) {
    m_database.run("DELETE FROM outbox WHERE amendment = ? AND send IS NULL", amendment);
    return m_database.changes() != 0;
}

std::vector<OutboxStore::Invisible> OutboxStore::invisible() const {
    std::vector<Invisible> found;
    for (auto rows = m_database.query(
             "SELECT id, send, body FROM outbox WHERE message IS NULL AND amendment IS NULL");
         rows.next();) {
        found.push_back({rows.as<OutboxKey>(0), optionalKey<SendKey>(rows, 1), rows.blob(2), {}});
    }
    for (auto rows =
             m_database.query("SELECT id, content FROM send WHERE message IS NULL AND amendment IS NULL");
         rows.next();) {
        found.push_back({std::nullopt, rows.as<SendKey>(0), {}, rows.blob(1)});
    }
    return found;
}

void OutboxStore::remove(const Invisible& content) {
    if (content.row) {
        remove(*content.row);
    }
    if (content.send) {
        m_database.run("DELETE FROM outbox WHERE send = ?", *content.send);
        m_database.run("DELETE FROM send WHERE id = ?", *content.send);
    }
}

/// A deleted message has no text to be sealed anew: it will not be sent.
void OutboxStore::dropErased(std::optional<ConversationKey> conversation) {
    std::vector<MessageKey> erased;
    for (auto rows = m_database.query("SELECT o.message FROM outbox o JOIN message m ON m.id = o.message "
                                      "WHERE o.send IS NOT NULL AND m.kind = ?1 AND "
                                      "o.conversation = coalesce(?2, o.conversation)",
                                      MessageKind::Deleted, conversation);
         rows.next();) {
        erased.push_back(rows.as<MessageKey>(0));
    }
    MessageStore messages(m_database);
    for (const MessageKey message : erased) {
        m_database.run("DELETE FROM send WHERE id = (SELECT send FROM outbox WHERE message = ?)", message);
        m_database.run("DELETE FROM outbox WHERE message = ?", message);
        messages.setState(message, MessageState::Failed);
        messages.placeAtEnd(message);
    }
}

/// Amendments get numbers anew; what is to leave nothing behind is not sent.
void OutboxStore::unfixAmendments(std::optional<ConversationKey> conversation) {
    m_database.run("DELETE FROM outbox WHERE send IS NOT NULL AND conversation = coalesce(?1, conversation) "
                   "AND amendment IN (SELECT id FROM own_amendment WHERE body = x'')",
                   conversation);
    m_database.run("UPDATE own_amendment SET generation = 0, seq = 0, state = ?2 WHERE id IN "
                   "(SELECT amendment FROM outbox WHERE send IS NOT NULL AND amendment IS NOT NULL AND "
                   "conversation = coalesce(?1, conversation))",
                   conversation, MessageState::Queued);
}

bool OutboxStore::setStored(OutboxKey key, SendKey send) {
    m_database.run("DELETE FROM outbox WHERE id = ? AND send = ?", key, send);
    return m_database.changes() != 0;
}

SendKey OutboxStore::addSend(OutboxKey row, const SendId& id, const std::optional<MessageKey>& message,
                             BytesView content, const crypto::SealedPayload& payload, MailClass mailClass,
                             WallTime madeAt) {
    m_database.run("INSERT INTO send(message, content, payload, digest, class) VALUES (?, ?, ?, ?, ?)",
                   message, content, payload.bytes, payload.digest, mailClass);
    const SendKey key{m_database.lastInsertId()};
    m_database.run("INSERT INTO send_name(send, send_id, made_at) VALUES (?, ?, ?)", key, id,
                   unixMilliseconds(madeAt));
    m_database.run("UPDATE outbox SET send = ?, payload_key = ? WHERE id = ?", key,
                   BytesView(payload.key.expose()), row);
    return key;
}

void OutboxStore::setAmendment(SendKey send, OwnAmendmentKey amendment) {
    m_database.run("UPDATE send SET amendment = ? WHERE id = ?", amendment, send);
}

void OutboxStore::addHeaders(SendKey send, const std::vector<FixedHeader>& headers) {
    if (headers.size() > kPlaces) {
        throw db::Failure(db::Error::Internal, "more headers than a send can have");
    }
    std::int64_t id = firstHeader(send);
    for (const FixedHeader& header : headers) {
        m_database.run("INSERT INTO send_header(id, account, device, bytes) VALUES (?, ?, ?, ?)", id++,
                       m_accounts.rowOf(header.device.account), header.device.device, header.bytes);
    }
}

void OutboxStore::replaceHeaders(SendKey send, const std::vector<FixedHeader>& headers) {
    m_database.run("DELETE FROM send_header WHERE id BETWEEN ? AND ?", firstHeader(send), lastHeader(send));
    addHeaders(send, headers);
}

std::vector<MessageKey> OutboxStore::unfix(ConversationKey conversation) {
    dropErased(conversation);
    unfixAmendments(conversation);
    std::vector<MessageKey> messages;
    for (auto rows =
             m_database.query("SELECT message FROM outbox WHERE conversation = ? AND send IS NOT NULL "
                              "AND message IS NOT NULL ORDER BY id",
                              conversation);
         rows.next();) {
        messages.push_back(rows.as<MessageKey>(0));
    }
    m_database.run("DELETE FROM send WHERE id IN (SELECT send FROM outbox WHERE conversation = ?)",
                   conversation);
    m_database.run("DELETE FROM outbox WHERE conversation = ? AND message IS NULL AND amendment IS NULL",
                   conversation);
    m_database.run("UPDATE outbox SET send = NULL, payload_key = NULL WHERE conversation = ?", conversation);
    return messages;
}

std::vector<MessageKey> OutboxStore::unfixAll() {
    // What was stored once and is offered once more has lost its key: it stays as it was sent.
    m_database.run("DELETE FROM outbox WHERE send IS NOT NULL AND payload_key IS NULL");
    dropErased(std::nullopt);
    unfixAmendments(std::nullopt);
    std::vector<MessageKey> messages;
    for (auto rows = m_database.query(
             "SELECT message FROM outbox WHERE send IS NOT NULL AND message IS NOT NULL ORDER BY id");
         rows.next();) {
        messages.push_back(rows.as<MessageKey>(0));
    }
    m_database.run("DELETE FROM send WHERE id IN (SELECT send FROM outbox)");
    m_database.run("UPDATE outbox SET send = NULL, payload_key = NULL WHERE send IS NOT NULL");
    return messages;
}

std::optional<FixedSend> OutboxStore::send(SendKey key) const {
    auto rows = m_database.query(
        "SELECT s.id, n.send_id, s.message, s.class, s.payload, s.digest, o.payload_key, s.amendment "
        "FROM send s "
        "JOIN send_name n ON n.send = s.id LEFT JOIN outbox o ON o.send = s.id WHERE s.id = ?",
        key);
    if (!rows.next()) {
        return std::nullopt;
    }
    FixedSend send;
    send.key = rows.as<SendKey>(0);
    send.sendId = rows.fixed<SendId>(1);
    send.message = optionalKey<MessageKey>(rows, 2);
    send.mailClass = rows.as<MailClass>(3);
    send.amendment = optionalKey<OwnAmendmentKey>(rows, 7);
    send.payload = rows.blob(4);
    send.digest = rows.fixed<Digest>(5);
    send.payloadKey = rows.isNull(6) ? std::nullopt : ShortSecret<32>::from(rows.blobView(6));
    for (auto headers =
             m_database.query("SELECT a.key, h.device, h.bytes FROM send_header h "
                              "JOIN account a ON a.id = h.account WHERE h.id BETWEEN ? AND ? ORDER BY h.id",
                              firstHeader(key), lastHeader(key));
         headers.next();) {
        send.headers.push_back({{headers.fixed<AccountId>(0), headers.as<DeviceNumber>(1)}, headers.blob(2)});
    }
    return send;
}

std::optional<SendKey> OutboxStore::findSend(const SendId& id) const {
    auto rows = m_database.query("SELECT send FROM send_name WHERE send_id = ?", id);
    return rows.next() ? std::optional(rows.as<SendKey>(0)) : std::nullopt;
}

std::optional<Bytes> OutboxStore::header(SendKey send, const DeviceAddress& device) const {
    auto rows = m_database.query("SELECT h.bytes FROM send_header h JOIN account a ON a.id = h.account "
                                 "WHERE h.id BETWEEN ? AND ? AND a.key = ? AND h.device = ?",
                                 firstHeader(send), lastHeader(send), device.account, device.device);
    return rows.next() ? std::optional(rows.blob(0)) : std::nullopt;
}

void OutboxStore::removeStoredBefore(WallTime time, WallTime now) {
    // Ids grow with time: what follows the first that is young enough is not looked at. A clock that ran
    // ahead when the bytes were made hides nothing behind them. And by the relay's clock too: ours may have
    // been years behind then.
    m_database.run("DELETE FROM send WHERE id IN (SELECT send FROM send_name WHERE made_at < ?1 AND "
                   "send < coalesce((SELECT send FROM send_name WHERE made_at BETWEEN ?1 AND ?2 "
                   "ORDER BY send LIMIT 1), ?3)) AND NOT EXISTS "
                   "(SELECT 1 FROM outbox WHERE outbox.send = send.id) AND NOT EXISTS "
                   "(SELECT 1 FROM message m WHERE m.id = send.message AND (m.stamp >> 16) >= ?1)",
                   unixMilliseconds(time), unixMilliseconds(now), std::numeric_limits<std::int64_t>::max());
}

void OutboxStore::oweReceipt(const AccountId& account, MessageKey message, MessageState state) {
    m_database.run("INSERT INTO receipt_due(message, account, state) VALUES (?, ?, ?) "
                   "ON CONFLICT(message) DO UPDATE SET state = max(state, excluded.state)",
                   message, m_accounts.rowOf(account), state);
}

void OutboxStore::forgetReceiptsDue(const AccountId& account) {
    m_database.run("DELETE FROM receipt_due WHERE account = ?", m_accounts.rowOf(account));
}

void OutboxStore::tellNoReading() {
    m_database.run("UPDATE receipt_due SET state = ? WHERE state > ?1", MessageState::Delivered);
}

std::vector<AccountId> OutboxStore::accountsWithReceiptsDue() const {
    std::vector<AccountId> accounts;
    for (auto rows =
             m_database.query("SELECT DISTINCT a.key FROM receipt_due r JOIN account a ON a.id = r.account");
         rows.next();) {
        accounts.push_back(rows.fixed<AccountId>(0));
    }
    return accounts;
}

std::vector<OutboxStore::DueReceipt> OutboxStore::takeReceiptsDue(const AccountId& account,
                                                                  std::size_t limit) {
    std::vector<DueReceipt> due;
    const AccountKeyRow row = m_accounts.rowOf(account);
    MessageKey last{};
    for (auto rows = m_database.query("SELECT r.message, m.message_id, r.state FROM receipt_due r "
                                      "JOIN message m ON m.id = r.message WHERE r.account = ? "
                                      "ORDER BY r.message LIMIT ?",
                                      row, limit);
         rows.next();) {
        last = rows.as<MessageKey>(0);
        due.push_back({rows.fixed<MessageId>(1), rows.as<MessageState>(2)});
    }
    m_database.run("DELETE FROM receipt_due WHERE account = ? AND message <= ?", row, last);
    return due;
}

std::int64_t OutboxStore::waiting() const {
    auto rows =
        m_database.query("SELECT count(*) FROM outbox WHERE message IS NOT NULL OR amendment IS NOT NULL");
    return rows.next() ? rows.integer(0) : 0;
}

std::optional<std::int64_t> OutboxStore::oldestWaiting() const {
    auto rows = m_database.query("SELECT m.sent_at FROM outbox o JOIN message m ON m.id = o.message "
                                 "ORDER BY o.id LIMIT 1");
    return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

std::int64_t OutboxStore::waitingIn(ConversationKey conversation) const {
    auto rows = m_database.query("SELECT count(*) FROM outbox WHERE message IS NOT NULL AND conversation = ?",
                                 conversation);
    return rows.next() ? rows.integer(0) : 0;
}

} // namespace sotto::core
