// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/index.h"

#include "core/text/fold.h"
#include "core/text/words.h"

#include <algorithm>
#include <limits>
#include <map>

namespace sotto::core {
namespace {

constexpr std::size_t kSliceRows = 500;
constexpr std::size_t kSliceBytes = 256 * 1024;
constexpr int kBlockBits = 12;

} // namespace

struct SearchIndex::Slice {
    struct Line {
        std::int64_t row;
        std::int64_t conversation;
        std::string text;
    };
    struct Times {
        std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
        std::int64_t newest = std::numeric_limits<std::int64_t>::min();
    };
    Range range; ///< after it
    std::vector<Line> lines;
    std::map<std::int64_t, Times> blocks;
};

SearchIndex::Range SearchIndex::range() const {
    auto rows = m_database.query("SELECT first, last, texts FROM search_range WHERE id = 1");
    return rows.next() ? Range{rows.integer(0), rows.integer(1), rows.integer(2)} : Range{};
}

std::int64_t SearchIndex::unindexed() const {
    const Range known = range();
    auto ends = m_database.query("SELECT coalesce((SELECT min(id) FROM message), 1), "
                                 "coalesce((SELECT max(id) FROM message), 0)");
    ends.next();
    return std::max<std::int64_t>(ends.integer(1) - known.last, 0) +
           (known.first > 1 ? std::max<std::int64_t>(known.first - ends.integer(0), 0) : 0);
}

SearchIndex::Slice SearchIndex::read(const Range& range, bool newer) {
    constexpr std::string_view kNewer = "SELECT id, kind, conversation, text, stamp, sent_at FROM message "
                                        "WHERE id > ? ORDER BY id LIMIT ?";
    constexpr std::string_view kOlder = "SELECT id, kind, conversation, text, stamp, sent_at FROM message "
                                        "WHERE id < ? ORDER BY id DESC LIMIT ?";
    Slice slice;
    slice.range = range;
    auto rows = newer ? m_database.query(kNewer, range.last, kSliceRows)
                      : m_database.query(kOlder, range.first, kSliceRows);
    std::size_t bytes = 0;
    std::size_t seen = 0;
    while (bytes < kSliceBytes && rows.next()) {
        ++seen;
        const std::int64_t row = rows.integer(0);
        (newer ? slice.range.last : slice.range.first) = row;
        if (rows.as<MessageKind>(1) != MessageKind::Text) {
            continue;
        }
        slice.lines.push_back({row, rows.integer(2), rows.text(3)});
        bytes += slice.lines.back().text.size();
        // One that is not sent yet gets its time later.
        Slice::Times& times = slice.blocks[row >> kBlockBits];
        const bool stamped = rows.integer(4) != 0;
        const std::int64_t at = stamped ? milliseconds(rows.as<Stamp>(4)) : rows.integer(5);
        times.oldest = std::min(times.oldest, at);
        times.newest = stamped ? std::max(times.newest, at) : std::numeric_limits<std::int64_t>::max();
    }
    if (!newer) {
        std::reverse(slice.lines.begin(), slice.lines.end());
        if (seen == 0) {
            slice.range.first = 1; // there is nothing older
        }
    }
    slice.range.texts += static_cast<std::int64_t>(slice.lines.size());
    return slice;
}

void SearchIndex::write(const Slice& slice) {
    Vocabulary& known = vocabulary();
    std::string newWords;
    for (const Slice::Line& line : slice.lines) {
        const std::string folded = fold(line.text);
        for (const Word& place : wordsOf(folded)) {
            const auto word = std::string_view(folded).substr(place.begin, place.end - place.begin);
            if (known.add(word)) {
                newWords.append(newWords.empty() ? "" : "\n").append(word);
            }
        }
    }
    if (!newWords.empty()) {
        m_database.run("INSERT INTO search_word(words) VALUES (?)", newWords);
    }
    for (const Slice::Line& line : slice.lines) {
        m_database.run("INSERT INTO search(rowid, body, place) VALUES (?, ?, ?)", line.row, line.text,
                       std::string(kPlaceMark) + std::to_string(line.conversation));
    }
    for (const auto& [block, times] : slice.blocks) {
        m_database.run("INSERT INTO search_block(block, oldest, newest) VALUES (?, ?, ?) "
                       "ON CONFLICT(block) DO UPDATE SET oldest = min(oldest, excluded.oldest), "
                       "newest = max(newest, excluded.newest)",
                       block, times.oldest, times.newest);
    }
    m_database.run("UPDATE search_range SET first = ?, last = ?, texts = ? WHERE id = 1", slice.range.first,
                   slice.range.last, slice.range.texts);
}

Expected<bool, db::Error> SearchIndex::indexSlice() {
    const auto done = m_database.transaction([&]() -> bool {
        const Range known = range();
        Slice slice = read(known, true);
        if (slice.range.last == known.last) {
            if (known.first <= 1) {
                return false;
            }
            slice = read(known, false);
        }
        write(slice);
        return true;
    });
    return done;
}

std::optional<SearchIndex::Rows> SearchIndex::between(std::int64_t from, std::int64_t before) const {
    auto rows = m_database.query("SELECT min(block), max(block) FROM search_block "
                                 "WHERE newest >= ? AND oldest < ?",
                                 from, before);
    if (!rows.next() || rows.isNull(0)) {
        return std::nullopt;
    }
    return Rows{rows.integer(0) << kBlockBits, ((rows.integer(1) + 1) << kBlockBits) - 1};
}

Vocabulary& SearchIndex::vocabulary() {
    auto rows = m_database.query("SELECT words_removed FROM search_range WHERE id = 1");
    const std::int64_t removed = rows.next() ? rows.integer(0) : 0;
    // What was rolled back may have been words of a slice that nobody else will write.
    if (m_rollbacks != m_database.rollbacks() || m_wordsRemoved != removed) {
        m_vocabulary.clear();
        m_rollbacks = m_database.rollbacks();
        m_wordsRemoved = removed;
    }
    m_vocabulary.load(m_database);
    return m_vocabulary;
}

} // namespace sotto::core
