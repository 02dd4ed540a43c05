// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/account_store.h"

namespace sotto::core {
namespace {

constexpr std::size_t kMostKnown = 256;

} // namespace

std::optional<AccountKeyRow> AccountStore::find(const AccountId& account) const {
    if (m_knownRollbacks != m_database.rollbacks() || m_known.size() > kMostKnown) {
        m_known.clear();
        m_knownRollbacks = m_database.rollbacks();
    }
    if (const auto known = m_known.find(account); known != m_known.end()) {
        return known->second;
    }
    auto rows = m_database.query("SELECT id FROM account WHERE key = ?", account);
    if (!rows.next()) {
        return std::nullopt;
    }
    return m_known.emplace(account, rows.as<AccountKeyRow>(0)).first->second;
}

AccountKeyRow AccountStore::rowOf(const AccountId& account) {
    if (const auto known = find(account)) {
        return *known;
    }
    m_database.run("INSERT INTO account(key) VALUES (?)", account);
    return AccountKeyRow{m_database.lastInsertId()};
}

std::optional<VerifiedDeviceList> AccountStore::list(const AccountId& account) const {
    auto rows =
        m_database.query("SELECT l.bytes, l.signature FROM device_list l JOIN account a ON a.id = l.account "
                         "WHERE a.key = ?",
                         account);
    if (!rows.next()) {
        return std::nullopt;
    }
    auto verified = verifyDeviceList({rows.blob(0), rows.fixed<Signature>(1)});
    return verified ? std::optional(std::move(*verified)) : std::nullopt;
}

void AccountStore::storeList(const VerifiedDeviceList& list, WallTime seenAt) {
    m_database.run(
        "INSERT INTO device_list(account, bytes, signature, seen_at, signer_epoch, version, devices) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(account) DO UPDATE SET bytes = excluded.bytes, "
        "signature = excluded.signature, seen_at = excluded.seen_at, signer_epoch = excluded.signer_epoch, "
        "version = excluded.version, devices = excluded.devices",
        rowOf(list.list().account()), list.signedList().bytes, list.signedList().signature,
        unixMilliseconds(seenAt), list.list().certificate.signerEpoch, list.list().version,
        list.list().devices.size());
}

} // namespace sotto::core
