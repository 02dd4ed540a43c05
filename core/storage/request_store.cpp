// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/request_store.h"

namespace sotto::core {
namespace {

std::int64_t single(db::Rows rows) {
    return rows.next() ? rows.integer(0) : 0;
}

} // namespace

void RequestStore::wantHeads(const AccountId& account) {
    m_database.run("INSERT INTO heads_wanted(account) VALUES (?) ON CONFLICT DO NOTHING",
                   m_accounts.rowOf(account));
}

std::vector<AccountId> RequestStore::headsWanted() const {
    std::vector<AccountId> wanted;
    for (auto rows = m_database.query(
             "SELECT a.key FROM heads_wanted h JOIN account a ON a.id = h.account ORDER BY h.account");
         rows.next();) {
        wanted.push_back(rows.fixed<AccountId>(0));
    }
    return wanted;
}

void RequestStore::forgetHeads(const AccountId& account) {
    m_database.run("DELETE FROM heads_wanted WHERE account = ?", m_accounts.rowOf(account));
}

void RequestStore::noteResend(const DeviceAddress& device, SendKey send, WallTime at) {
    m_database.run("INSERT INTO resend(account, device, send, at) VALUES (?, ?, ?, ?)",
                   m_accounts.rowOf(device.account), device.device, send, unixMilliseconds(at));
}

std::int64_t RequestStore::resendsOf(SendKey send) const {
    return single(m_database.query("SELECT count(*) FROM resend WHERE send = ?", send));
}

std::int64_t RequestStore::resendsOf(MessageKey message) const {
    return single(m_database.query(
        "SELECT count(*) FROM resend r JOIN send s ON s.id = r.send WHERE s.message = ?", message));
}

bool RequestStore::wasAnythingResentOf(MessageKey message) const {
    return resendsOf(message) > 0 ||
           m_database
               .query("SELECT 1 FROM own_amendment w JOIN send s ON s.amendment = w.id "
                      "JOIN resend r ON r.send = s.id WHERE w.message = ? LIMIT 1",
                      message)
               .next();
}

std::int64_t RequestStore::resendsTo(const DeviceAddress& device, WallTime since) const {
    return single(m_database.query("SELECT count(*) FROM resend r JOIN account a ON a.id = r.account "
                                   "WHERE a.key = ? AND r.device = ? AND r.at > ?",
                                   device.account, device.device, unixMilliseconds(since)));
}

bool RequestStore::wasResent(const DeviceAddress& device, SendKey send, WallTime since) const {
    return m_database
        .query("SELECT 1 FROM resend r JOIN account a ON a.id = r.account WHERE r.send = ? AND a.key = ? "
               "AND r.device = ? AND r.at > ?",
               send, device.account, device.device, unixMilliseconds(since))
        .next();
}

bool RequestStore::hold(const DeviceAddress& device, SendKey send, WallTime at) {
    m_database.run("INSERT INTO resend_held(account, device, send, at) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT DO NOTHING",
                   m_accounts.rowOf(device.account), device.device, send, unixMilliseconds(at));
    return m_database.changes() != 0;
}

std::vector<HeldResend> RequestStore::held(const AccountId& account) const {
    std::vector<HeldResend> held;
    for (auto rows = m_database.query("SELECT h.device, h.send FROM resend_held h JOIN account a "
                                      "ON a.id = h.account WHERE a.key = ? ORDER BY h.id",
                                      account);
         rows.next();) {
        held.push_back({{account, rows.as<DeviceNumber>(0)}, rows.as<SendKey>(1)});
    }
    return held;
}

std::int64_t RequestStore::countHeld() const {
    return single(m_database.query("SELECT count(*) FROM resend_held"));
}

std::int64_t RequestStore::countHeld(const AccountId& account) const {
    return single(m_database.query(
        "SELECT count(*) FROM resend_held h JOIN account a ON a.id = h.account WHERE a.key = ?", account));
}

void RequestStore::forgetHeld(const AccountId& account) {
    m_database.run("DELETE FROM resend_held WHERE account = ?", m_accounts.rowOf(account));
}

} // namespace sotto::core
