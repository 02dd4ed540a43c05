// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Accounts by number, and the newest verified device list of each.

#include "core/base/clock.h"
#include "core/base/device_list.h"
#include "core/db/database.h"

#include <map>

namespace sotto::core {

/// An account's row in this profile.
enum class AccountKeyRow : std::int64_t {};

class AccountStore {
public:
    explicit AccountStore(db::Database& database)
        : m_database(database) {}

    AccountKeyRow rowOf(const AccountId& account); ///< makes the row if it is new
    std::optional<AccountKeyRow> find(const AccountId& account) const;

    /// A stored list that no longer verifies counts as none: the database is damaged or was tampered with.
    std::optional<VerifiedDeviceList> list(const AccountId& account) const;
    void storeList(const VerifiedDeviceList& list, WallTime seenAt);

private:
    db::Database& m_database;
    /// Rows never go or change their account; only what a rolled-back transaction made was never there.
    mutable std::map<AccountId, AccountKeyRow> m_known;
    mutable std::uint64_t m_knownRollbacks = 0;
};

} // namespace sotto::core
