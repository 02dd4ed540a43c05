// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/mailboxes.h"

#include "core/base/mutant.h"

namespace sotto::relay {
namespace {

constexpr int kMailboxesPerExpiry = 200;
constexpr std::size_t kRowsPerExpiry = 5'000;
constexpr std::size_t kAllRows = std::numeric_limits<std::int64_t>::max();

Mailbox::Share& shareOf(Mailbox& mailbox, AccountRow sender) {
    for (Mailbox::Share& share : mailbox.shares) {
        if (share.sender == sender) {
            return share;
        }
    }
    return mailbox.shares.emplace_back(Mailbox::Share{sender, 0, 0});
}

} // namespace

Mailbox& Mailboxes::find(MailboxId id) {
    if (const auto cached = m_cache.find(id); cached != m_cache.end()) {
        return cached->second;
    }
    Mailbox mailbox;
    {
        auto rows = m_database.query("SELECT acked, acked_stamp FROM mailbox WHERE id = ?", id);
        if (rows.next()) {
            mailbox.acked = rows.as<MailboxNumber>(0);
            mailbox.ackedStamp = rows.as<Stamp>(1);
            mailbox.newest = mailbox.acked;
        }
    }
    auto rows = m_database.query(
        "SELECT sender, count(*), sum(size), max(number) FROM row WHERE mailbox = ? GROUP BY sender", id);
    while (rows.next()) {
        mailbox.newest = std::max(mailbox.newest, rows.as<MailboxNumber>(3));
        if (rows.integer(0) != 0) { // tombstones have no sender
            mailbox.shares.push_back(
                {rows.as<AccountRow>(0), rows.unsignedInteger(1), rows.unsignedInteger(2)});
            mailbox.rows += rows.unsignedInteger(1);
            mailbox.bytes += rows.unsignedInteger(2);
        }
    }
    return m_cache.emplace(id, std::move(mailbox)).first->second;
}

bool Mailboxes::hasRoom(MailboxId id, AccountRow sender, bool ownAccount, std::size_t bytes) {
    Mailbox& mailbox = find(id);
    if (mailbox.rows + 1 > m_limits.mailboxRows || mailbox.bytes + bytes > m_limits.mailboxBytes) {
        return false;
    }
    if (ownAccount) {
        return true;
    }
    const auto share = std::find_if(mailbox.shares.begin(), mailbox.shares.end(),
                                    [&](const Mailbox::Share& s) { return s.sender == sender; });
    const bool known = share != mailbox.shares.end();
    const std::uint64_t rows = known ? share->rows : 0;
    const std::uint64_t held = known ? share->bytes : 0;
    const std::uint64_t percent = m_limits.mailboxSenderPercent;
    return rows * 100 <= (m_limits.mailboxRows - mailbox.rows) * percent &&
           held * 100 <= (m_limits.mailboxBytes - mailbox.bytes) * percent;
}

void Mailboxes::place(StoreSend& send, AccountRow sender) {
    std::int64_t shared = 0;
    if (send.headers.size() > 1) {
        m_database.run("INSERT INTO payload(refs, bytes) VALUES (?, ?)", send.headers.size(),
                       viewOf(send.payload));
        shared = m_database.lastInsertId();
    }
    for (std::size_t i = 0; i < send.headers.size(); ++i) {
        const MailboxId id = send.placed[i].mailbox;
        const std::string& header = send.headers[i].bytes;
        const std::size_t bytes = header.size() + send.payload.size();
        Mailbox& mailbox = find(id);
        mailbox.newest = MailboxNumber{number(mailbox.newest) + 1};
        m_database.run("INSERT INTO row(mailbox, number, stamp, sender, sender_device, class, size, shared, "
                       "send_id, header, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       id, mailbox.newest, send.stamp, sender, send.sender.device,
                       static_cast<int>(send.kind), bytes, shared, send.id, viewOf(header),
                       shared != 0 ? BytesView() : viewOf(send.payload));
        send.placed[i].number = mailbox.newest;
        ++mailbox.rows;
        mailbox.bytes += bytes;
        Mailbox::Share& share = shareOf(mailbox, sender);
        ++share.rows;
        share.bytes += bytes;
    }
}

std::vector<Mailboxes::StoredRow> Mailboxes::rowsUpTo(MailboxId id, MailboxNumber upTo, std::size_t maximum) {
    std::vector<StoredRow> found;
    auto rows = m_database.query("SELECT number, stamp, sender, size, shared FROM row "
                                 "WHERE mailbox = ? AND number <= ? ORDER BY number LIMIT ?",
                                 id, upTo, maximum);
    while (rows.next()) {
        found.push_back({rows.as<MailboxNumber>(0), rows.as<Stamp>(1), rows.as<AccountRow>(2),
                         rows.unsignedInteger(3), rows.integer(4)});
    }
    return found;
}

void Mailboxes::remove(MailboxId id, Mailbox& mailbox, const std::vector<StoredRow>& rows) {
    if (rows.empty()) {
        return;
    }
    m_database.run("DELETE FROM row WHERE mailbox = ? AND number <= ?", id, rows.back().number);
    for (const StoredRow& row : rows) {
        if (row.sender == AccountRow{}) {
            continue;
        }
        --mailbox.rows;
        mailbox.bytes -= row.size;
        Mailbox::Share& share = shareOf(mailbox, row.sender);
        share.bytes -= row.size;
        if (--share.rows == 0) {
            std::swap(share, mailbox.shares.back());
            mailbox.shares.pop_back();
        }
        if (row.shared != 0) {
            m_database.run("UPDATE payload SET refs = refs - 1 WHERE id = ?", row.shared);
            m_database.run("DELETE FROM payload WHERE id = ? AND refs <= 0", row.shared);
        }
    }
}

void Mailboxes::acknowledge(MailboxId id, MailboxNumber upTo) {
    Mailbox& mailbox = find(id);
    if (upTo <= mailbox.acked || upTo > mailbox.newest) {
        return;
    }
    const std::vector<StoredRow> rows = rowsUpTo(id, upTo, kAllRows);
    mailbox.acked = upTo;
    // The row itself may be gone under a tombstone that stands further up: then its stamp is not known.
    mailbox.ackedStamp = !rows.empty() && rows.back().number == upTo ? rows.back().stamp : Stamp{};
    remove(id, mailbox, rows);
    if (!std::exchange(mailbox.changed, true)) {
        m_changed.push_back(id);
    }
}

void Mailboxes::save() {
    for (const MailboxId id : std::exchange(m_changed, {})) {
        Mailbox& mailbox = find(id);
        m_database.run("UPDATE mailbox SET acked = ?, acked_stamp = ? WHERE id = ?", mailbox.acked,
                       mailbox.ackedStamp, id);
        mailbox.changed = false;
    }
}

std::optional<Stamp> Mailboxes::stampAt(MailboxId id, MailboxNumber position) {
    const Mailbox& mailbox = find(id);
    if (position == mailbox.acked) {
        return mailbox.ackedStamp;
    }
    auto rows = m_database.query("SELECT stamp FROM row WHERE mailbox = ? AND number = ?", id, position);
    return rows.next() ? std::optional(rows.as<Stamp>(0)) : std::nullopt;
}

void Mailboxes::read(ReadRows& command, Accounts& accounts) {
    std::uint64_t bytes = 0;
    MailboxNumber before = command.after;
    wire::pb::Row head;
    auto rows = m_database.query(
        "SELECT r.number, r.stamp, r.sender, r.sender_device, r.class, r.send_id, r.header, r.payload, "
        "r.shared, p.bytes FROM row r LEFT JOIN payload p ON p.id = r.shared "
        "WHERE r.mailbox = ? AND r.number > ? ORDER BY r.number LIMIT ?",
        command.mailbox, command.after, command.maxRows);
    while ((command.found.empty() || bytes < command.maxBytes) && rows.next()) {
        if (command.found.empty() || command.found.back().isFull()) {
            command.found.emplace_back();
        }
        head.Clear();
        head.set_number(rows.unsignedInteger(0));
        head.set_stamp(rows.unsignedInteger(1));
        const MailboxNumber position{head.number()};
        if (rows.integer(2) == 0) {
            head.set_expired(static_cast<std::uint32_t>(number(position) - number(before)));
            command.found.back().add(head, {}, {});
        } else {
            wire::setAddress(
                head.mutable_sender(),
                {accounts.idOf(rows.as<AccountRow>(2)).value_or(AccountId{}), rows.as<DeviceNumber>(3)});
            head.set_class_(rows.as<wire::pb::Class>(4));
            head.set_send_id(stringOf(rows.blobView(5)));
            const BytesView header = rows.blobView(6);
            const BytesView payload = rows.integer(8) != 0 ? rows.blobView(9) : rows.blobView(7);
            command.found.back().add(head, header, payload);
            bytes += header.size() + payload.size();
        }
        before = position;
    }
    if (mutated(Mutant::RelayDropsAtDelivery)) {
        m_database.run("DELETE FROM row WHERE mailbox = ? AND number <= ?", command.mailbox, before);
    }
}

void Mailboxes::drop(MailboxId id) {
    Mailbox& mailbox = find(id);
    remove(id, mailbox, rowsUpTo(id, mailbox.newest, kAllRows));
    m_database.run("DELETE FROM generation WHERE mailbox = ?", id);
}

void Mailboxes::expire(std::uint64_t cutoff) {
    for (int i = 0; i < kMailboxesPerExpiry; ++i) {
        {
            auto rows = m_database.query("SELECT min(mailbox) FROM row WHERE mailbox > ?", m_expired);
            if (!rows.next() || rows.isNull(0)) {
                m_expired = {};
                return;
            }
            m_expired = rows.as<MailboxId>(0);
        }
        expireMailbox(m_expired, cutoff);
    }
}

void Mailboxes::expireMailbox(MailboxId id, std::uint64_t cutoff) {
    std::vector<StoredRow> old = rowsUpTo(id, find(id).newest, kRowsPerExpiry);
    old.erase(
        std::find_if(old.begin(), old.end(), [&](const auto& row) { return number(row.stamp) >= cutoff; }),
        old.end());
    if (old.empty() || old.back().sender == AccountRow{}) {
        return;
    }
    remove(id, find(id), old);
    m_database.run(
        "INSERT INTO row(mailbox, number, stamp, sender, sender_device, class, size, shared, send_id, "
        "header, payload) VALUES (?, ?, ?, 0, 0, 0, 0, 0, x'', x'', x'')",
        id, old.back().number, old.back().stamp);
}

void Mailboxes::forgetCached() {
    m_cache.clear();
    m_changed.clear();
}

} // namespace sotto::relay
