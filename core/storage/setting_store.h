// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Single values of a profile that belong to no table: the relay, the cursor, generations, named readers.

#include "core/db/database.h"

namespace sotto::core {

class SettingStore {
public:
    explicit SettingStore(db::Database& database)
        : m_database(database) {}

    std::optional<std::int64_t> number(std::string_view name) const;
    std::optional<std::string> text(std::string_view name) const;
    std::optional<Bytes> bytes(std::string_view name) const;
    template <class Fixed>
    std::optional<Fixed> fixed(std::string_view name) const {
        const auto value = bytes(name);
        return value ? Fixed::from(*value) : std::nullopt;
    }
    void set(std::string_view name, std::int64_t value);
    void set(std::string_view name, std::string_view value);
    void set(std::string_view name, BytesView value);
    void clear(std::string_view name);

private:
    template <class Value>
    void put(std::string_view name, const Value& value);
    db::Database& m_database;
};

} // namespace sotto::core
