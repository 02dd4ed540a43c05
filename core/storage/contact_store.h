// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Other people's accounts as this profile knows them. Whether they are accepted decides where their
/// conversations stand in the list (storage/standing.h).

#include "core/storage/account_store.h"
#include "core/types/contact.h"

namespace sotto::core {

/// The oldest device list of an account that is believed: from a contact link.
struct ListFloor {
    std::uint64_t signerEpoch = 0;
    std::uint64_t version = 0;
    std::optional<Digest> hash;
};

class ContactStore {
public:
    explicit ContactStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    Contact add(const AccountId& account, const std::string& name, Trust trust, bool accepted);
    std::optional<Contact> byKey(ContactKey key) const;
    std::optional<Contact> byAccount(const AccountId& account) const;
    std::vector<Contact> byName(std::string_view name) const;
    std::vector<Contact> all() const;

    void remove(ContactKey key);
    void setTrust(ContactKey key, Trust trust);
    void setAccepted(ContactKey key); ///< and not blocked
    void setBlocked(ContactKey key);  ///< and not accepted
    bool isBlocked(const AccountId& account) const;
    void setChangedTo(ContactKey key, const std::optional<AccountId>& account);
    /// The contact is this account from now on, believed on first use again.
    void replaceAccount(ContactKey key, const AccountId& account);
    ListFloor floor(ContactKey key) const;
    void setFloor(ContactKey key, const ListFloor& floor);

private:
    AccountKeyRow rowOf(ContactKey key) const; ///< of its account
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core
