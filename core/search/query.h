// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What somebody typed into the search box, understood.
///
///     word "two words" -not          texts; any part of a word counts, '-' in front means without
///     from:NAME  in:TARGET           whose, where; several of one kind mean any of them
///     before:2026  after:2026-11-03  a year, month or day: before it begins, after it has ended
///     has:link|file|image  is:unread
///
/// A value may be quoted. What looks like an operator and is none is a text. Nothing typed ever reaches the
/// index's own language or SQL: texts are folded and cut into words first.

#include "core/base/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sotto::core {

struct QueryTerm {
    std::string text; ///< folded, not empty
    bool negated = false;
};
struct QueryName {
    std::string value;
    bool negated = false;
    std::size_t at = 0; ///< where in the query, in bytes
};
/// Days [first, end).
struct DaySpan {
    std::chrono::year_month_day first;
    std::chrono::year_month_day end;
};

struct Query {
    std::vector<QueryTerm> terms;
    std::vector<QueryName> from;
    std::vector<QueryName> in;
    std::optional<DaySpan> before;
    std::optional<DaySpan> after;
    std::optional<bool> link;
    std::optional<bool> file; ///< images are files
    std::optional<bool> unread;
};

struct QueryFault {
    std::size_t at = 0; ///< in bytes
    std::string text;   ///< one sentence
};

inline constexpr std::size_t kMostQueryBytes = 1000;
inline constexpr std::size_t kMostQueryTerms = 32;

/// typed: UTF-8.
Expected<Query, QueryFault> parseQuery(std::string_view typed);

} // namespace sotto::core
