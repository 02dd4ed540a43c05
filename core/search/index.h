// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The index of words over the history, and how far it reaches. Messages are stored without touching it; they
/// are added a slice at a time when there is time (docs/decisions/0021), newer ones first, each slice one
/// transaction. Until then whoever searches reads them one by one.

#include "core/search/vocabulary.h"
#include "core/types/message.h"

namespace sotto::core {

class SearchIndex {
public:
    explicit SearchIndex(db::Database& database)
        : m_database(database) {}

    /// Rows [first, last] of the history are indexed.
    struct Range {
        std::int64_t first = 1;
        std::int64_t last = 0;
        std::int64_t texts = 0; ///< messages among them
    };
    Range range() const;
    /// Rows outside of the range, at most.
    std::int64_t unindexed() const;
    /// Indexes one slice in a transaction of its own. False when nothing is left.
    Expected<bool, db::Error> indexSlice();

    /// Rows of [low, high] whose messages' times may lie in [from, before); nothing when none can.
    struct Rows {
        std::int64_t low = 0;
        std::int64_t high = 0;
    };
    std::optional<Rows> between(std::int64_t from, std::int64_t before) const;

    /// Loaded when first asked for.
    Vocabulary& vocabulary();

private:
    struct Slice;
    Slice read(const Range& range, bool newer);
    void write(const Slice& slice);
    db::Database& m_database;
    Vocabulary m_vocabulary;
    std::uint64_t m_rollbacks = 0;
    std::int64_t m_wordsRemoved = 0;
};

} // namespace sotto::core
