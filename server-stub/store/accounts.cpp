// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/accounts.h"

namespace sotto::relay {
const Account::Device* Account::find(DeviceNumber device) const {
    const auto found =
        std::find_if(devices.begin(), devices.end(), [&](const Device& d) { return d.device == device; });
    return found == devices.end() ? nullptr : &*found;
}

const Account* Accounts::find(const AccountId& id) {
    if (const auto cached = m_cache.find(id); cached != m_cache.end()) {
        return &cached->second;
    }
    Account account;
    {
        auto rows = m_database.query("SELECT id, signer_epoch, version, hash FROM account WHERE key = ?", id);
        if (!rows.next()) {
            return nullptr;
        }
        account.row = rows.as<AccountRow>(0);
        account.id = id;
        account.signerEpoch = rows.unsignedInteger(1);
        account.version = rows.unsignedInteger(2);
        account.hash = rows.fixed<Digest>(3);
    }
    auto rows = m_database.query(
        "SELECT number, mailbox FROM device WHERE account = ? AND removed = 0 ORDER BY number", account.row);
    while (rows.next()) {
        account.devices.push_back({rows.as<DeviceNumber>(0), rows.as<MailboxId>(1)});
    }
    m_ids.emplace(account.row, id);
    return &m_cache.emplace(id, std::move(account)).first->second;
}

std::optional<AccountId> Accounts::idOf(AccountRow row) {
    if (const auto cached = m_ids.find(row); cached != m_ids.end()) {
        return cached->second;
    }
    auto rows = m_database.query("SELECT key FROM account WHERE id = ?", row);
    if (!rows.next()) {
        return std::nullopt;
    }
    return m_ids.emplace(row, rows.fixed<AccountId>(0)).first->second;
}

std::optional<AccountId> Accounts::named(const std::string& name) {
    auto rows = m_database.query("SELECT key FROM account WHERE name = ?", name);
    return rows.next() ? std::optional(rows.fixed<AccountId>(0)) : std::nullopt;
}

SignedDeviceList Accounts::list(const Account& account) {
    auto rows = m_database.query("SELECT list, signature FROM account WHERE id = ?", account.row);
    if (!rows.next()) {
        throw db::Failure(db::Error::Corrupt, "an account has lost its list");
    }
    return {rows.blob(0), rows.fixed<Signature>(1)};
}

std::optional<DeviceRecord> Accounts::device(const DeviceAddress& address) {
    auto rows =
        m_database.query("SELECT d.mailbox, d.authentication_key, d.registration_id, d.removed FROM device d "
                         "JOIN account a ON a.id = d.account WHERE a.key = ? AND d.number = ?",
                         address.account, address.device);
    if (!rows.next()) {
        return std::nullopt;
    }
    return DeviceRecord{rows.as<MailboxId>(0), address.device, rows.fixed<Ed25519Key>(1),
                        rows.as<std::uint32_t>(2), rows.boolean(3)};
}

std::uint64_t Accounts::count() {
    auto rows = m_database.query("SELECT count(*) FROM account");
    rows.next();
    return rows.unsignedInteger(0);
}

void Accounts::addDevice(AccountRow account, const DeviceEntry& entry) {
    m_database.run("INSERT INTO device(account, number, authentication_key, registration_id, removed) "
                   "VALUES (?, ?, ?, ?, 0)",
                   account, entry.device, entry.authenticationKey, entry.registrationId);
    m_database.run("INSERT INTO mailbox(id, acked, acked_stamp) VALUES (?, 0, 0)", m_database.lastInsertId());
}

void Accounts::add(const VerifiedDeviceList& verified) {
    const DeviceList& list = verified.list();
    m_database.run("INSERT INTO account(key, name, list, signature, signer_epoch, version, hash) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?)",
                   list.account(), list.name, verified.signedList().bytes, verified.signedList().signature,
                   list.certificate.signerEpoch, list.version, verified.hash());
    const auto row = AccountRow{m_database.lastInsertId()};
    for (const DeviceEntry& entry : list.devices) {
        addDevice(row, entry);
    }
}

bool Accounts::replace(const Account& account, const VerifiedDeviceList& verified,
                       std::vector<MailboxId>& removed) {
    const DeviceList& list = verified.list();
    for (const DeviceEntry& entry : list.devices) {
        const auto known = device({account.id, entry.device});
        if (known && known->removed) {
            return false;
        }
    }
    for (const Account::Device& device : account.devices) {
        if (list.find(device.device) == nullptr) {
            removed.push_back(device.mailbox);
            m_database.run("UPDATE device SET removed = 1 WHERE mailbox = ?", device.mailbox);
        }
    }
    for (const DeviceEntry& entry : list.devices) {
        if (account.find(entry.device) == nullptr) {
            addDevice(account.row, entry);
        }
    }
    m_database.run(
        "UPDATE account SET name = ?, list = ?, signature = ?, signer_epoch = ?, version = ?, hash = ? "
        "WHERE id = ?",
        list.name, verified.signedList().bytes, verified.signedList().signature, list.certificate.signerEpoch,
        list.version, verified.hash(), account.row);
    m_cache.erase(AccountId{account.id});
    return true;
}

void Accounts::forgetCached() {
    m_cache.clear();
    m_ids.clear();
}

} // namespace sotto::relay
