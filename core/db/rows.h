// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A running statement: values bound in, columns read out.

#include "core/base/ids.h"

#include <concepts>
#include <optional>
#include <string>
#include <variant>

struct sqlite3_stmt;

namespace sotto::db {

class Database;

/// A value that is bound whatever it is.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string, Bytes>;

class Rows {
public:
    Rows(Rows&& other) noexcept;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    /// Steps to the next row; false after the last. Throws Failure.
    bool next();

    /// Columns of the current row, from 0. Views hold until next() or the end.
    std::int64_t integer(int column) const;
    std::uint64_t unsignedInteger(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    bool boolean(int column) const { return integer(column) != 0; }
    std::string_view textView(int column) const;
    std::string text(int column) const { return std::string(textView(column)); }
    BytesView blobView(int column) const;
    Bytes blob(int column) const { return bytesOf(blobView(column)); }
    bool isNull(int column) const;
    /// For rows that are carried elsewhere whatever is in them.
    enum class Type { Null, Integer, Text, Blob, Real };
    Type type(int column) const;
    int columns() const;
    /// A stored id; throws Failure(Corrupt) when it has another size.
    template <class Fixed>
    Fixed fixed(int column) const {
        const auto value = Fixed::from(blobView(column));
        if (!value) {
            failSize(column);
        }
        return *value;
    }
    template <class Fixed>
    std::optional<Fixed> optionalFixed(int column) const {
        return isNull(column) ? std::nullopt : std::optional(fixed<Fixed>(column));
    }
    /// Integers with a type: `rows.as<Stamp>(2)`, `rows.as<DeviceNumber>(0)`, enums stored as numbers.
    template <class Number>
    Number as(int column) const {
        return static_cast<Number>(integer(column));
    }

private:
    friend class Database;
    Rows(Database& database, sqlite3_stmt* statement, const char* text)
        : m_database(&database)
        , m_statement(statement)
        , m_text(text) {}
    template <class... Values>
    void bindAll(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
    }
    template <class Number>
    requires std::integral<Number> || std::is_enum_v<Number>
    void bind(int index, Number value) { bindInteger(index, static_cast<std::int64_t>(value)); }
    template <class Tag, std::size_t N>
    void bind(int index, const FixedBytes<Tag, N>& value) {
        bind(index, value.view());
    }
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        value ? bind(index, *value) : bind(index, nullptr);
    }
    void bind(int index, const Value& value) {
        std::visit([&](const auto& held) { bind(index, held); }, value);
    }
    void bind(int index, std::nullptr_t);
    void bind(int index, std::string_view text);
    void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
    void bind(int index, const char* text) { bind(index, std::string_view(text)); }
    void bind(int index, BytesView blob);
    void bind(int index, const Bytes& blob) { bind(index, BytesView(blob)); }
    void bindInteger(int index, std::int64_t value);
    void check(int code);
    [[noreturn]] void failSize(int column) const;

    Database* m_database;
    sqlite3_stmt* m_statement;
    const char* m_text; ///< as prepared: the key under which the statement is kept
};

} // namespace sotto::db
