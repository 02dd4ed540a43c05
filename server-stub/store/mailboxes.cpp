// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/mailboxes.h"

namespace sotto::relay {
namespace {

constexpr int kMailboxesPerExpiry = 200;
constexpr std::size_t kRowsPerExpiry = 5'000;

/// Runs of consecutive ids, each as (first, last).
std::vector<std::pair<std::int64_t, std::int64_t>> runsOf(const std::vector<std::int64_t>& ids) {
    std::vector<std::pair<std::int64_t, std::int64_t>> runs;
    for (const std::int64_t id : ids) {
        if (!runs.empty() && runs.back().second + 1 == id) {
            runs.back().second = id;
        } else {
            runs.emplace_back(id, id);
        }
    }
    return runs;
}

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

std::int64_t Mailboxes::addEnvelope(const wire::pb::Send& send, DeviceNumber sender) {
    if (m_nextEnvelope == 0) {
        auto rows = m_database.query("SELECT max(id) FROM envelope");
        rows.next();
        m_nextEnvelope = rows.integer(0) + 1;
    }
    const std::int64_t id = m_nextEnvelope++;
    m_database.run(
        "INSERT INTO envelope(id, refs, sender_device, class, send_id, payload) VALUES (?, ?, ?, ?, ?, ?)",
        id, send.headers_size(), sender, static_cast<int>(send.class_()), viewOf(send.send_id()),
        viewOf(send.payload()));
    return id;
}

MailboxNumber Mailboxes::place(MailboxId id, std::int64_t envelope, bool shared, AccountRow sender,
                               Stamp stamp, const std::string& header, std::size_t bytes) {
    Mailbox& mailbox = find(id);
    const MailboxNumber position{number(mailbox.newest) + 1};
    m_database.run("INSERT INTO row(mailbox, number, stamp, envelope, shared, sender, size, header) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   id, position, stamp, envelope, shared, sender, bytes, viewOf(header));
    mailbox.newest = position;
    ++mailbox.rows;
    mailbox.bytes += bytes;
    Mailbox::Share& share = shareOf(mailbox, sender);
    ++share.rows;
    share.bytes += bytes;
    return position;
}

std::vector<Mailboxes::StoredRow> Mailboxes::rowsUpTo(MailboxId id, MailboxNumber upTo) {
    std::vector<StoredRow> found;
    auto rows = m_database.query("SELECT number, stamp, envelope, shared, sender, size FROM row "
                                 "WHERE mailbox = ? AND number <= ? ORDER BY number",
                                 id, upTo);
    while (rows.next()) {
        found.push_back({rows.as<MailboxNumber>(0), rows.as<Stamp>(1), rows.integer(2), rows.boolean(3),
                         rows.as<AccountRow>(4), rows.unsignedInteger(5)});
    }
    return found;
}

void Mailboxes::remove(MailboxId id, Mailbox& mailbox, const std::vector<StoredRow>& rows) {
    if (rows.empty()) {
        return;
    }
    m_database.run("DELETE FROM row WHERE mailbox = ? AND number <= ?", id, rows.back().number);
    std::vector<std::int64_t> sole;
    for (const StoredRow& row : rows) {
        if (row.envelope == 0) {
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
        if (!row.shared) {
            sole.push_back(row.envelope);
            continue;
        }
        m_database.run("UPDATE envelope SET refs = refs - 1 WHERE id = ?", row.envelope);
        m_database.run("DELETE FROM envelope WHERE id = ? AND refs <= 0", row.envelope);
    }
    // Envelopes of one mailbox often stand side by side: one statement for each run of them.
    std::sort(sole.begin(), sole.end());
    for (const auto& [first, last] : runsOf(sole)) {
        m_database.run("DELETE FROM envelope WHERE id BETWEEN ? AND ?", first, last);
    }
}

void Mailboxes::acknowledge(MailboxId id, MailboxNumber upTo) {
    Mailbox& mailbox = find(id);
    if (upTo <= mailbox.acked || upTo > mailbox.newest) {
        return;
    }
    const std::vector<StoredRow> rows = rowsUpTo(id, upTo);
    mailbox.acked = upTo;
    // The row itself may be gone under a tombstone that stands further up: then its stamp is not known.
    mailbox.ackedStamp = !rows.empty() && rows.back().number == upTo ? rows.back().stamp : Stamp{};
    remove(id, mailbox, rows);
    m_database.run("UPDATE mailbox SET acked = ?, acked_stamp = ? WHERE id = ?", upTo, mailbox.ackedStamp,
                   id);
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
    auto rows = m_database.query(
        "SELECT r.number, r.stamp, r.envelope, r.sender, r.header, e.sender_device, e.class, "
        "e.send_id, e.payload FROM row r LEFT JOIN envelope e ON e.id = r.envelope "
        "WHERE r.mailbox = ? AND r.number > ? ORDER BY r.number LIMIT ?",
        command.mailbox, command.after, command.maxRows);
    while ((command.rows.empty() || bytes < command.maxBytes) && rows.next()) {
        wire::pb::Row& row = command.rows.emplace_back();
        row.set_number(rows.unsignedInteger(0));
        row.set_stamp(rows.unsignedInteger(1));
        const MailboxNumber position{row.number()};
        if (rows.integer(2) == 0) {
            row.set_expired(static_cast<std::uint32_t>(number(position) - number(before)));
        } else {
            row.set_header(stringOf(rows.blobView(4)));
            wire::setAddress(
                row.mutable_sender(),
                {accounts.idOf(rows.as<AccountRow>(3)).value_or(AccountId{}), rows.as<DeviceNumber>(5)});
            row.set_class_(rows.as<wire::pb::Class>(6));
            row.set_send_id(stringOf(rows.blobView(7)));
            row.set_payload(stringOf(rows.blobView(8)));
            bytes += row.header().size() + row.payload().size();
        }
        before = position;
    }
}

void Mailboxes::drop(MailboxId id) {
    Mailbox& mailbox = find(id);
    remove(id, mailbox, rowsUpTo(id, mailbox.newest));
    m_database.run("DELETE FROM send WHERE mailbox = ?", id);
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
    std::vector<StoredRow> old;
    {
        auto rows = m_database.query(
            "SELECT number, stamp, envelope, shared, sender, size FROM row WHERE mailbox = ? ORDER BY number",
            id);
        while (old.size() < kRowsPerExpiry && rows.next() && rows.unsignedInteger(1) < cutoff) {
            old.push_back({rows.as<MailboxNumber>(0), rows.as<Stamp>(1), rows.integer(2), rows.boolean(3),
                           rows.as<AccountRow>(4), rows.unsignedInteger(5)});
        }
    }
    if (old.empty() || old.back().envelope == 0) {
        return;
    }
    remove(id, find(id), old);
    m_database.run("INSERT INTO row(mailbox, number, stamp, envelope, shared, sender, size, header) "
                   "VALUES (?, ?, ?, 0, 0, 0, 0, x'')",
                   id, old.back().number, old.back().stamp);
}

void Mailboxes::forgetCached() {
    m_cache.clear();
    m_nextEnvelope = 0;
}

} // namespace sotto::relay
