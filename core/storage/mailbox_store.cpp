// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/mailbox_store.h"

#include "core/storage/setting_store.h"
#include "core/types/cause.h"

namespace sotto::core {
namespace {

#define SOTTO_KEPT_COLUMNS                                                                                   \
    "SELECT p.message, a.key, p.device, p.send_id, p.stamp, p.header, p.payload, p.payload_key, "            \
    "p.payload_digest, p.seq_base FROM placeholder p JOIN account a ON a.id = p.sender "

KeptMail read(const db::Rows& rows) {
    KeptMail mail;
    mail.message = rows.as<MessageKey>(0);
    mail.sender = {rows.fixed<AccountId>(1), rows.as<DeviceNumber>(2)};
    mail.sendId = rows.fixed<SendId>(3);
    mail.stamp = rows.as<Stamp>(4);
    mail.header = rows.blob(5);
    mail.payload = rows.blob(6);
    mail.payloadKey = rows.isNull(7) ? std::nullopt : ShortSecret<32>::from(rows.blobView(7));
    mail.payloadDigest = rows.optionalFixed<Digest>(8);
    mail.seqBase = rows.unsignedInteger(9);
    return mail;
}

} // namespace

Cursor MailboxStore::cursor() const {
    const SettingStore settings(m_database);
    return {MailboxNumber{static_cast<std::uint64_t>(settings.number("cursor_number").value_or(0))},
            Stamp{static_cast<std::uint64_t>(settings.number("cursor_stamp").value_or(0))}};
}

void MailboxStore::setCursor(const Cursor& cursor) {
    SettingStore settings(m_database);
    settings.set("cursor_number", static_cast<std::int64_t>(number(cursor.number)));
    settings.set("cursor_stamp", static_cast<std::int64_t>(number(cursor.stamp)));
}

std::optional<Epoch> MailboxStore::epoch() const {
    return SettingStore(m_database).fixed<Epoch>("relay_epoch");
}
void MailboxStore::setEpoch(const Epoch& epoch) {
    SettingStore(m_database).set("relay_epoch", epoch.view());
}

bool MailboxStore::isProcessed(const HeaderHash& hash) const {
    return m_database.query("SELECT 1 FROM processed_header WHERE hash = ?", hash).next();
}

void MailboxStore::setProcessed(const HeaderHash& hash, WallTime at) {
    m_database.run("INSERT INTO processed_header(hash, at) VALUES (?, ?) ON CONFLICT(hash) DO NOTHING", hash,
                   unixMilliseconds(at));
}

void MailboxStore::forgetProcessedBefore(WallTime time) {
    m_database.run("DELETE FROM processed_header WHERE at < ?", unixMilliseconds(time));
}

bool MailboxStore::mayKeep(const DeviceAddress& sender) const {
    const auto account = m_accounts.find(sender.account);
    if (!account) {
        return true;
    }
    auto rows = m_database.query("SELECT count(*), coalesce(sum(bytes), 0) FROM placeholder "
                                 "WHERE sender = ? AND device = ?",
                                 *account, sender.device);
    return rows.next() && rows.integer(0) < kMaxKeptRows && rows.integer(1) < kMaxKeptBytes;
}

void MailboxStore::keep(const KeptMail& mail, const HeaderHash& hash) {
    const auto key = mail.payloadKey ? std::optional(BytesView(mail.payloadKey->expose())) : std::nullopt;
    m_database.run("INSERT INTO placeholder(message, sender, device, send_id, header_hash, header, payload, "
                   "payload_key, "
                   "payload_digest, seq_base, stamp, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   mail.message, m_accounts.rowOf(mail.sender.account), mail.sender.device, mail.sendId, hash,
                   mail.header, mail.payload, key, mail.payloadDigest, mail.seqBase, mail.stamp,
                   mail.header.size() + mail.payload.size());
}

std::optional<KeptMail> MailboxStore::kept(const HeaderHash& hash) const {
    auto rows = m_database.query(SOTTO_KEPT_COLUMNS "WHERE p.header_hash = ?", hash);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::vector<KeptMail> MailboxStore::kept(const DeviceAddress& sender, const SendId& sendId) const {
    std::vector<KeptMail> found;
    for (auto rows = m_database.query(SOTTO_KEPT_COLUMNS
                                      "WHERE a.key = ? AND p.device = ? AND p.send_id = ? ORDER BY p.message",
                                      sender.account, sender.device, sendId);
         rows.next();) {
        found.push_back(read(rows));
    }
    return found;
}

bool MailboxStore::isAnyKept() const {
    return m_database.query("SELECT 1 FROM placeholder LIMIT 1").next();
}

std::vector<KeptMail> MailboxStore::waitingFrom(const AccountId& sender) const {
    std::vector<KeptMail> waiting;
    if (const auto account = m_accounts.find(sender)) {
        for (auto rows = m_database.query(
                 SOTTO_KEPT_COLUMNS "JOIN message m ON m.id = p.message "
                                    "WHERE p.sender = ? AND m.cause IN (?, ?) ORDER BY p.message",
                 *account, PlaceholderCause::UntrustedDevice, PlaceholderCause::UnknownSession);
             rows.next();) {
            waiting.push_back(read(rows));
        }
    }
    return waiting;
}

std::vector<AccountId> MailboxStore::sendersWaitedFor() const {
    std::vector<AccountId> senders;
    for (auto rows = m_database.query("SELECT DISTINCT a.key FROM placeholder p "
                                      "JOIN message m ON m.id = p.message JOIN account a ON a.id = p.sender "
                                      "WHERE m.cause IN (?, ?)",
                                      PlaceholderCause::UntrustedDevice, PlaceholderCause::UnknownSession);
         rows.next();) {
        senders.push_back(rows.fixed<AccountId>(0));
    }
    return senders;
}

void MailboxStore::setOpened(MessageKey message, const KeptMail& opened) {
    m_database.run(
        "UPDATE placeholder SET payload_key = ?, payload_digest = ?, seq_base = ? WHERE message = ?",
        BytesView(opened.payloadKey->expose()), opened.payloadDigest, opened.seqBase, message);
}

void MailboxStore::release(MessageKey message) {
    m_database.run("DELETE FROM placeholder WHERE message = ?", message);
}

std::vector<UnreadMail> MailboxStore::toAskFor(int most) const {
    std::vector<UnreadMail> unread;
    for (auto rows = m_database.query(
             "SELECT p.message, a.key, p.device, p.send_id, p.header_hash, m.cause, p.asked, p.asked_at "
             "FROM placeholder p JOIN message m ON m.id = p.message JOIN account a ON a.id = p.sender "
             "WHERE p.asked < ? ORDER BY p.message",
             most);
         rows.next();) {
        UnreadMail mail{rows.as<MessageKey>(0),
                        {rows.fixed<AccountId>(1), rows.as<DeviceNumber>(2)},
                        rows.fixed<SendId>(3),
                        rows.fixed<HeaderHash>(4),
                        rows.as<PlaceholderCause>(5),
                        rows.as<int>(6),
                        rows.integer(7)};
        if (isAskedFor(mail.cause)) {
            unread.push_back(mail);
        }
    }
    return unread;
}

void MailboxStore::noteAsked(MessageKey message, WallTime at) {
    m_database.run("UPDATE placeholder SET asked = asked + 1, asked_at = ? WHERE message = ?",
                   unixMilliseconds(at), message);
}

std::int64_t MailboxStore::refused() const {
    auto rows = m_database.query("SELECT coalesce(sum(rows), 0) FROM refused_mail");
    return rows.next() ? rows.integer(0) : 0;
}

void MailboxStore::countRefused(const DeviceAddress& sender, WallTime at) {
    m_database.run("INSERT INTO refused_mail(account, device, rows, last_at) VALUES (?1, ?2, 1, ?3) "
                   "ON CONFLICT(account, device) DO UPDATE SET rows = rows + 1, last_at = excluded.last_at",
                   sender.account, sender.device, unixMilliseconds(at));
}

} // namespace sotto::core
