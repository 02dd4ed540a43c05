// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Accounts, their newest device lists and their devices. Recently used accounts are kept in memory.

#include "core/base/device_list.h"
#include "core/db/database.h"
#include "server-stub/relay/command.h"

namespace sotto::relay {

/// Row id of an account.
enum class AccountRow : std::int64_t {};

struct Account {
    AccountRow row{};
    AccountId id;
    std::uint64_t signerEpoch = 0;
    std::uint64_t version = 0;
    Digest hash;
    struct Device {
        DeviceNumber device{};
        MailboxId mailbox{};
    };
    std::vector<Device> devices; ///< the listed ones, ascending
    const Device* find(DeviceNumber device) const;
};

class Accounts {
public:
    explicit Accounts(db::Database& database)
        : m_database(database) {}

    /// Pointers hold until the next call that changes or forgets.
    const Account* find(const AccountId& id);
    std::optional<AccountId> idOf(AccountRow row);
    std::optional<AccountId> named(const std::string& name);
    SignedDeviceList list(const Account& account);
    std::optional<DeviceRecord> device(const DeviceAddress& address);
    std::uint64_t count();

    void add(const VerifiedDeviceList& list);
    /// False: a device number comes back that was removed before; nothing has changed then. `removed` are the
    /// mailboxes of devices that left: the caller drops their contents.
    bool replace(const Account& account, const VerifiedDeviceList& list, std::vector<MailboxId>& removed);

    /// Between transactions only, and always after one that failed.
    void forgetCached();
    bool cacheIsFull() const { return m_cache.size() >= kMaxCached || m_ids.size() >= kMaxCached; }

private:
    static constexpr std::size_t kMaxCached = 100'000; ///< about 20 MB
    void addDevice(AccountRow account, const DeviceEntry& entry);
    db::Database& m_database;
    std::unordered_map<AccountId, Account> m_cache;
    std::unordered_map<AccountRow, AccountId> m_ids;
};

} // namespace sotto::relay
