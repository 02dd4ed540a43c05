// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/setting_store.h"

namespace sotto::core {
namespace {

constexpr std::string_view kSelect = "SELECT value FROM setting WHERE name = ?";

} // namespace

std::optional<std::int64_t> SettingStore::number(std::string_view name) const {
    auto rows = m_database.query(kSelect, name);
    return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

std::optional<std::string> SettingStore::text(std::string_view name) const {
    auto rows = m_database.query(kSelect, name);
    return rows.next() ? std::optional(rows.text(0)) : std::nullopt;
}

std::optional<Bytes> SettingStore::bytes(std::string_view name) const {
    auto rows = m_database.query(kSelect, name);
    return rows.next() ? std::optional(rows.blob(0)) : std::nullopt;
}

template <class Value>
void SettingStore::put(std::string_view name, const Value& value) {
    m_database.run("INSERT INTO setting(name, value) VALUES (?, ?) "
                   "ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                   name, value);
}

void SettingStore::set(std::string_view name, std::int64_t value) {
    put(name, value);
}
void SettingStore::set(std::string_view name, std::string_view value) {
    put(name, value);
}
void SettingStore::set(std::string_view name, BytesView value) {
    put(name, value);
}
void SettingStore::clear(std::string_view name) {
    m_database.run("DELETE FROM setting WHERE name = ?", name);
}

} // namespace sotto::core
