// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/query.h"

#include "core/text/fold.h"

#include <charconv>

namespace sotto::core {
namespace {

/// One piece between spaces: `-name:"value"`, `-"text"`, `text`.
struct Piece {
    std::size_t at = 0;
    bool negated = false;
    bool quoted = false;
    std::string name; ///< before a colon, if it is an operator's
    std::string value;
};

constexpr std::string_view kOperators[] = {"from", "in", "before", "after", "has", "is"};

bool isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : m_text(text) {}

    bool next(Piece& piece) {
        while (m_at < m_text.size() && isSpace(m_text[m_at])) {
            ++m_at;
        }
        if (m_at == m_text.size()) {
            return false;
        }
        piece = {};
        piece.at = m_at;
        // A '-' alone is a text.
        if (m_text[m_at] == '-' && m_at + 1 < m_text.size() && !isSpace(m_text[m_at + 1])) {
            piece.negated = true;
            ++m_at;
        }
        for (const std::string_view name : kOperators) {
            if (m_text.substr(m_at).starts_with(name) && m_text.substr(m_at + name.size()).starts_with(':')) {
                piece.name = name;
                m_at += name.size() + 1;
                break;
            }
        }
        if (m_at < m_text.size() && m_text[m_at] == '"') {
            // While somebody types, the second quote is still to come.
            const std::size_t end = std::min(m_text.find('"', m_at + 1), m_text.size());
            piece.quoted = true;
            piece.value = m_text.substr(m_at + 1, end - m_at - 1);
            m_at = std::min(end + 1, m_text.size());
            return true;
        }
        const std::size_t begin = m_at;
        while (m_at < m_text.size() && !isSpace(m_text[m_at])) {
            ++m_at;
        }
        piece.value = m_text.substr(begin, m_at - begin);
        return true;
    }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
};

std::optional<int> digits(std::string_view text, std::size_t count) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && text.size() == count && value >= 0
               ? std::optional(value)
               : std::nullopt;
}

/// "2026", "2026-11" or "2026-11-03".
std::optional<DaySpan> parseDays(std::string_view text) {
    using namespace std::chrono;
    const auto year = digits(text.substr(0, std::min<std::size_t>(text.size(), 4)), 4);
    if (!year || *year < 1 || *year > 9998) {
        return std::nullopt;
    }
    const std::chrono::year y{*year};
    if (text.size() == 4) {
        return DaySpan{y / January / 1, (y + years(1)) / January / 1};
    }
    const auto month = text.size() >= 7 && text[4] == '-' ? digits(text.substr(5, 2), 2) : std::nullopt;
    if (!month || *month < 1 || *month > 12) {
        return std::nullopt;
    }
    const year_month_day first{y, std::chrono::month{static_cast<unsigned>(*month)}, std::chrono::day{1}};
    if (text.size() == 7) {
        return DaySpan{first, first + months(1)};
    }
    const auto day = text.size() == 10 && text[7] == '-' ? digits(text.substr(8, 2), 2) : std::nullopt;
    if (!day) {
        return std::nullopt;
    }
    const year_month_day date{first.year(), first.month(), std::chrono::day{static_cast<unsigned>(*day)}};
    return date.ok() ? std::optional(DaySpan{date, year_month_day(sys_days(date) + days(1))}) : std::nullopt;
}

tl::unexpected<QueryFault> fault(const Piece& piece, std::string text) {
    return tl::unexpected(QueryFault{piece.at, std::move(text)});
}

Expected<void, QueryFault> apply(const Piece& piece, Query& query) {
    if (piece.name.empty()) {
        std::string folded = fold(piece.value);
        if (folded.empty()) {
            return fault(piece, "this is nothing to search for: it has no letter, digit or sign of its own");
        }
        query.terms.push_back({std::move(folded), piece.negated});
        return {};
    }
    if (piece.value.empty()) {
        return fault(piece, piece.name + ": wants a value right behind the colon");
    }
    if (piece.name == "from" || piece.name == "in") {
        auto& names = piece.name == "from" ? query.from : query.in;
        names.push_back({piece.value, piece.negated, piece.at});
        return {};
    }
    if (piece.name == "before" || piece.name == "after") {
        if (piece.negated) {
            return fault(piece, "before: and after: have no opposite with '-'");
        }
        const auto days = parseDays(piece.value);
        if (!days) {
            return fault(piece, piece.name + ": takes a day like 2026-11-03, a month like 2026-11 or a year");
        }
        (piece.name == "before" ? query.before : query.after) = days;
        return {};
    }
    if (piece.name == "is") {
        if (piece.value != "unread") {
            return fault(piece, "is: takes unread");
        }
        query.unread = !piece.negated;
        return {};
    }
    if (piece.value == "link") {
        query.link = !piece.negated;
    } else if (piece.value == "file" || piece.value == "image") {
        query.file = !piece.negated;
    } else {
        return fault(piece, "has: takes link, file or image");
    }
    return {};
}

} // namespace

Expected<Query, QueryFault> parseQuery(std::string_view typed) {
    if (typed.size() > kMostQueryBytes) {
        return tl::unexpected(QueryFault{kMostQueryBytes, "the query has " + std::to_string(typed.size()) +
                                                              " bytes, the limit is " +
                                                              std::to_string(kMostQueryBytes)});
    }
    Query query;
    Reader reader(typed);
    std::size_t pieces = 0;
    for (Piece piece; reader.next(piece);) {
        if (++pieces > kMostQueryTerms) {
            return fault(piece, "the query has more than " + std::to_string(kMostQueryTerms) + " parts");
        }
        if (const auto done = apply(piece, query); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (pieces == 0) {
        return tl::unexpected(QueryFault{0, "there is nothing to search for"});
    }
    return query;
}

} // namespace sotto::core
