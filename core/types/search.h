// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a search asks and what it found.

#include "core/types/message.h"

namespace sotto::core {

enum class SearchOrder {
    Newest,    ///< the message stored last comes first
    Relevance, ///< the best of the newest kRankedCandidates that match
};

inline constexpr std::size_t kMostSearchHits = 100; ///< on one page

struct SearchRequest {
    std::string text;       ///< as typed: words, "phrases", operators (core/search/query.h)
    std::string cursor;     ///< a page's next, or empty for the first page
    std::size_t limit = 20; ///< 1 to kMostSearchHits
    SearchOrder order = SearchOrder::Newest;
    /// First millisecond of a day at the user's place, for before: and after:.
    std::int64_t (*dayBegins)(int year, unsigned month, unsigned day) = nullptr;
};

/// Bytes [begin, end) of a message's text.
struct TextRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    friend bool operator==(const TextRange&, const TextRange&) = default;
};

struct SearchHit {
    Message message;
    TextRange snippet;            ///< what of the text to show
    std::vector<TextRange> marks; ///< what matched, in the whole text, in order and apart
    bool approximate = false;     ///< only with a letter or two taken for others
};

/// Why more may match than was found.
struct SearchHole {
    enum class Kind {
        Placeholders, ///< messages that could not be read yet
        Gap,          ///< messages that never came
        Refused,      ///< unreadable mail beyond what is kept
        Unsearched,   ///< older messages that this page did not get to: go on with next
    };
    Kind kind = Kind::Unsearched;
    std::int64_t messages = 0;                   ///< how many, at most
    std::optional<ConversationKey> conversation; ///< where; nothing: anywhere
};

struct SearchPage {
    std::vector<SearchHit> hits;
    std::string next; ///< cursor to go on with; empty: there is nothing older
    /// These pages together are every message that matches, where it was looked: everywhere but with
    /// strangers and the blocked unless the query names conversations or senders. False whenever that is not
    /// certain.
    bool complete = false;
    std::vector<SearchHole> holes;
    /// Rows [first, last] of the history are in the index; others are read one by one.
    std::int64_t firstIndexed = 0;
    std::int64_t lastIndexed = 0;
    std::int64_t unindexed = 0; ///< rows that are not, at most
};

} // namespace sotto::core
