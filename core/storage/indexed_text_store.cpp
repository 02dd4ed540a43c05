// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/indexed_text_store.h"

#include "core/text/fold.h"
#include "core/text/words.h"

#include <set>

namespace sotto::core {
namespace {

/// The lines of `text` that are none of `words`. True when some were.
bool withoutWords(std::string_view text, const std::vector<std::string>& words, std::string& rest) {
    rest.clear();
    bool found = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view word = text.substr(0, end);
        if (std::ranges::find(words, word) != words.end()) {
            found = true;
        } else {
            rest.append(rest.empty() ? "" : "\n").append(word);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

} // namespace

void IndexedTextStore::remove(MessageKey key) {
    std::string text;
    {
        auto rows = m_database.query("SELECT m.text FROM message m, search_range r WHERE m.id = ? AND "
                                     "m.kind = 1 AND m.id BETWEEN r.first AND r.last",
                                     key);
        if (!rows.next()) {
            return;
        }
        text = rows.text(0);
    }
    m_database.run("INSERT INTO search(search, rowid, body, place) "
                   "SELECT 'delete', id, body, place FROM search_text WHERE id = ?",
                   key);
    m_database.run("UPDATE search_range SET texts = texts - 1 WHERE id = 1");
    const std::string folded = fold(text);
    std::set<std::string> words;
    for (const Word& word : wordsOf(folded)) {
        words.insert(folded.substr(word.begin, word.end - word.begin));
    }
    std::vector<std::string> gone;
    for (const std::string& word : words) {
        if (!isIndexed(word)) {
            gone.push_back(word);
        }
    }
    removeWords(gone);
}

/// Words are letters, digits and signs: a quote is in none of them.
bool IndexedTextStore::isIndexed(const std::string& word) const {
    return m_database.query("SELECT 1 FROM search WHERE search MATCH ? LIMIT 1", "body : \"" + word + '"')
        .next();
}

void IndexedTextStore::removeWords(const std::vector<std::string>& words) {
    if (words.empty()) {
        return;
    }
    std::vector<std::pair<std::int64_t, std::string>> changed;
    std::string rest;
    for (auto rows = m_database.query("SELECT id, words FROM search_word"); rows.next();) {
        if (withoutWords(rows.textView(1), words, rest)) {
            changed.emplace_back(rows.integer(0), rest);
        }
    }
    for (const auto& [row, left] : changed) {
        if (left.empty()) {
            m_database.run("DELETE FROM search_word WHERE id = ?", row);
        } else {
            m_database.run("UPDATE search_word SET words = ? WHERE id = ?", left, row);
        }
    }
    m_database.run("UPDATE search_range SET words_removed = words_removed + 1 WHERE id = 1");
}

} // namespace sotto::core
