// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/contact_store.h"

#include "core/storage/standing.h"

namespace sotto::core {
namespace {

// One column list for every query, in the order that read() expects.
#define SOTTO_CONTACT_COLUMNS                                                                                \
    "c.id, c.name, a.key, c.trust, c.accepted, c.changed_to, coalesce(l.signer_epoch, 0), "                  \
    "coalesce(l.version, 0), "                                                                               \
    "coalesce(l.devices, 0), c.blocked FROM contact c JOIN account a ON a.id = c.account "                   \
    "LEFT JOIN device_list l ON l.account = c.account "

constexpr std::string_view kByKey = "SELECT " SOTTO_CONTACT_COLUMNS "WHERE c.id = ?";
constexpr std::string_view kByAccount = "SELECT " SOTTO_CONTACT_COLUMNS "WHERE a.key = ?";
constexpr std::string_view kByName = "SELECT " SOTTO_CONTACT_COLUMNS "WHERE c.name = ? ORDER BY c.id";
constexpr std::string_view kAll = "SELECT " SOTTO_CONTACT_COLUMNS "ORDER BY c.name, c.id";

Contact read(const db::Rows& rows) {
    Contact contact;
    contact.key = rows.as<ContactKey>(0);
    contact.name = rows.text(1);
    contact.account = rows.fixed<AccountId>(2);
    contact.trust = rows.as<Trust>(3);
    contact.accepted = rows.boolean(4);
    contact.changedTo = rows.optionalFixed<AccountId>(5);
    contact.signerEpoch = rows.unsignedInteger(6);
    contact.listVersion = rows.unsignedInteger(7);
    contact.devices = rows.as<std::uint32_t>(8);
    contact.blocked = rows.boolean(9);
    return contact;
}

} // namespace

Contact ContactStore::add(const AccountId& account, const std::string& name, Trust trust, bool accepted) {
    m_database.run("INSERT INTO contact(account, name, trust, accepted) VALUES (?, ?, ?, ?)",
                   m_accounts.rowOf(account), name, trust, accepted);
    const ContactKey key{m_database.lastInsertId()};
    settleStanding(m_database, rowOf(key));
    return *byKey(key);
}

std::optional<Contact> ContactStore::byKey(ContactKey key) const {
    auto rows = m_database.query(kByKey, key);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::optional<Contact> ContactStore::byAccount(const AccountId& account) const {
    auto rows = m_database.query(kByAccount, account);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::vector<Contact> ContactStore::byName(std::string_view name) const {
    std::vector<Contact> contacts;
    for (auto rows = m_database.query(kByName, name); rows.next();) {
        contacts.push_back(read(rows));
    }
    return contacts;
}

std::vector<Contact> ContactStore::all() const {
    std::vector<Contact> contacts;
    for (auto rows = m_database.query(kAll); rows.next();) {
        contacts.push_back(read(rows));
    }
    return contacts;
}

AccountKeyRow ContactStore::rowOf(ContactKey key) const {
    auto rows = m_database.query("SELECT account FROM contact WHERE id = ?", key);
    return rows.next() ? rows.as<AccountKeyRow>(0) : AccountKeyRow{};
}

void ContactStore::remove(ContactKey key) {
    const AccountKeyRow account = rowOf(key);
    m_database.run("DELETE FROM contact WHERE id = ?", key);
    settleStanding(m_database, account);
}

void ContactStore::setTrust(ContactKey key, Trust trust) {
    m_database.run("UPDATE contact SET trust = ? WHERE id = ?", trust, key);
}

void ContactStore::setAccepted(ContactKey key) {
    m_database.run("UPDATE contact SET accepted = 1, blocked = 0 WHERE id = ?", key);
    settleStanding(m_database, rowOf(key));
}

void ContactStore::setBlocked(ContactKey key) {
    m_database.run("UPDATE contact SET accepted = 0, blocked = 1 WHERE id = ?", key);
    settleStanding(m_database, rowOf(key));
}

bool ContactStore::isBlocked(const AccountId& account) const {
    return m_database
        .query(
            "SELECT 1 FROM contact c JOIN account a ON a.id = c.account WHERE a.key = ? AND c.blocked <> 0",
            account)
        .next();
}

void ContactStore::setChangedTo(ContactKey key, const std::optional<AccountId>& account) {
    m_database.run("UPDATE contact SET changed_to = ? WHERE id = ?", account, key);
}

void ContactStore::replaceAccount(ContactKey key, const AccountId& account) {
    const AccountKeyRow before = rowOf(key);
    m_database.run(
        "UPDATE contact SET account = ?, changed_to = NULL, trust = ?, floor_epoch = 0, floor_version = 0, "
        "floor_hash = NULL WHERE id = ?",
        m_accounts.rowOf(account), Trust::FirstUse, key);
    settleStanding(m_database, before);
    settleStanding(m_database, rowOf(key));
}

ListFloor ContactStore::floor(ContactKey key) const {
    auto rows =
        m_database.query("SELECT floor_epoch, floor_version, floor_hash FROM contact WHERE id = ?", key);
    return rows.next()
               ? ListFloor{rows.unsignedInteger(0), rows.unsignedInteger(1), rows.optionalFixed<Digest>(2)}
               : ListFloor{};
}

void ContactStore::setFloor(ContactKey key, const ListFloor& floor) {
    m_database.run("UPDATE contact SET floor_epoch = ?, floor_version = ?, floor_hash = ? WHERE id = ?",
                   floor.signerEpoch, floor.version, floor.hash, key);
}

} // namespace sotto::core
