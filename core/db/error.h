// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How storage fails, and how the failure travels.
///
/// Inside a transaction a failed statement throws Failure: nothing in there could go on, and the transaction
/// must roll back. attempt() and Database::transaction() are the only places that catch it; outside them a
/// failure is a value (docs/decisions/0002-storage-failures.md).

#include "core/base/result.h"

#include <exception>
#include <string>
#include <type_traits>

namespace sotto::db {

enum class Error {
    Busy,         ///< another process holds the database: try again
    Full,         ///< no space left: nothing was written, try again when there is
    Io,           ///< the disk failed: close and reopen before trusting it again (R12)
    ReadOnly,     ///< the file or file system cannot be written
    Corrupt,      ///< a page is damaged
    NotADatabase, ///< wrong key, or no database at all
    NewerSchema,  ///< written by a newer version of this program
    CannotOpen,   ///< missing, or no permission
    Constraint,   ///< a bug, or two writers where there must be one
    Internal,     ///< wrong SQL, out of memory
};

const char* describe(Error error); ///< for logs: a few words

/// A failed statement. what() names the statement's verb and SQLite's message, never a bound value.
class Failure : public std::exception {
public:
    Failure(Error error, std::string what)
        : m_error(error)
        , m_what(std::move(what)) {}
    Error error() const { return m_error; }
    const char* what() const noexcept override { return m_what.c_str(); }

private:
    Error m_error;
    std::string m_what;
};

/// Runs f; a Failure becomes a value.
template <class F>
auto attempt(F&& f) -> Expected<std::invoke_result_t<F>, Error> {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
            std::forward<F>(f)();
            return {};
        } else {
            return std::forward<F>(f)();
        }
    } catch (const Failure& failure) {
        return unexpected(failure.error());
    }
}

} // namespace sotto::db
