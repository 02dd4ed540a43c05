// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/db/rows.h"

#include "core/db/database.h"

#include <sqlite3.h>
#include <utility>

namespace sotto::db {

Rows::Rows(Rows&& other) noexcept
    : m_database(other.m_database)
    , m_statement(std::exchange(other.m_statement, nullptr))
    , m_text(other.m_text) {}

Rows::~Rows() {
    if (m_statement != nullptr) {
        m_database->giveBack(m_statement, m_text);
    }
}

bool Rows::next() {
    const int code = sqlite3_step(m_statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        m_database->fail(code, sqlite3_sql(m_statement));
    }
    return code == SQLITE_ROW;
}

std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(m_statement, column);
}

std::string_view Rows::textView(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(m_statement, column));
    return text == nullptr
               ? std::string_view()
               : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)));
}

BytesView Rows::blobView(int column) const {
    const auto* blob = static_cast<const std::uint8_t*>(sqlite3_column_blob(m_statement, column));
    return blob == nullptr
               ? BytesView()
               : BytesView(blob, static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)));
}

bool Rows::isNull(int column) const {
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

Rows::Type Rows::type(int column) const {
    switch (sqlite3_column_type(m_statement, column)) {
    case SQLITE_INTEGER:
        return Type::Integer;
    case SQLITE_TEXT:
        return Type::Text;
    case SQLITE_BLOB:
        return Type::Blob;
    case SQLITE_FLOAT:
        return Type::Real;
    default:
        return Type::Null;
    }
}

int Rows::columns() const {
    return sqlite3_column_count(m_statement);
}

void Rows::bind(int index, std::nullptr_t) {
    check(sqlite3_bind_null(m_statement, index));
}

// SQLite copies the values: a query's arguments may be temporaries that end before its rows do.
void Rows::bind(int index, std::string_view text) {
    check(sqlite3_bind_text64(m_statement, index, text.data() == nullptr ? "" : text.data(), text.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Rows::bind(int index, BytesView blob) {
    // A null pointer would bind NULL: an empty blob is not NULL.
    check(blob.empty() ? sqlite3_bind_zeroblob(m_statement, index, 0)
                       : sqlite3_bind_blob64(m_statement, index, blob.data(), blob.size(), SQLITE_TRANSIENT));
}

void Rows::bindInteger(int index, std::int64_t value) {
    check(sqlite3_bind_int64(m_statement, index, value));
}

void Rows::check(int code) {
    if (code != SQLITE_OK) {
        m_database->fail(code, sqlite3_sql(m_statement));
    }
}

void Rows::failSize(int column) const {
    throw Failure(Error::Corrupt, "column " + std::string(sqlite3_column_name(m_statement, column)) +
                                      " holds a value of the wrong size");
}

} // namespace sotto::db
