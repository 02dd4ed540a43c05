// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Finds messages. Every hit was read and matched by its own text; the index only says where to look, and
/// where it does not reach the history is read row by row. A page does a bounded amount of work: where that
/// was not enough it says so and `next` goes on.

#include "core/search/expression.h"
#include "core/search/index.h"
#include "core/search/match.h"
#include "core/storage/message_store.h"
#include "core/types/search.h"

namespace sotto::core {

/// A query with its names looked up.
struct SearchFilter {
    std::vector<QueryTerm> terms;
    std::optional<std::set<AccountId>> from;
    std::set<AccountId> notFrom;
    std::optional<std::set<ConversationKey>> in;
    std::set<ConversationKey> notIn;
    std::int64_t notBefore = 0; ///< milliseconds
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    std::optional<bool> link;
    std::optional<bool> file;
    std::optional<bool> unread;
};

inline constexpr std::size_t kRankedCandidates = 1000;

class Search {
public:
    Search(db::Database& database, SearchIndex& index, const MessageStore& messages)
        : m_database(database)
        , m_index(index)
        , m_messages(messages) {}

    /// Throws db::Failure. The cursor is one of this class (isCursor) or empty.
    /// limit: 1 or more.
    SearchPage page(const SearchFilter& filter, std::string_view cursor, std::size_t limit,
                    SearchOrder order);
    static bool isCursor(std::string_view cursor);

private:
    struct Line;
    struct Wanted;
    struct Walk;
    Wanted wanted(const SearchFilter& filter) const;
    bool consider(Walk& walk, const Line& line) const;
    void considerRow(Walk& walk, std::int64_t row) const;
    void readRows(Walk& walk, std::int64_t low, std::int64_t high) const;
    void readIndexed(Walk& walk, const SearchIndex::Range& range);
    void readMatches(Walk& walk, const std::string& expression, std::int64_t low, std::int64_t high) const;
    bool readUnread(Walk& walk) const;
    void readHistory(Walk& walk);
    void addNear(Walk& walk, std::size_t limit, SearchPage& page);
    bool isWrittenByNobody(const SearchFilter& filter);
    void addHit(SearchPage& page, const Matcher& matcher, std::int64_t row, bool nearly) const;
    void addHoles(const Wanted& wanted, SearchPage& page) const;

    db::Database& m_database;
    SearchIndex& m_index;
    const MessageStore& m_messages;
};

} // namespace sotto::core
