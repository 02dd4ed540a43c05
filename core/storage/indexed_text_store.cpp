// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/indexed_text_store.h"

#include "core/text/fold.h"
#include "core/text/words.h"

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

std::set<std::string> wordSetOf(std::string_view text) {
    const std::string folded = fold(text);
    std::set<std::string> words;
    for (const Word& word : wordsOf(folded)) {
        words.insert(folded.substr(word.begin, word.end - word.begin));
    }
    return words;
}

} // namespace

std::optional<IndexedTextStore::Place> IndexedTextStore::placeOf(MessageKey key) const {
    auto rows = m_database.query("SELECT m.text, m.id BETWEEN r.first AND r.last FROM message m, "
                                 "search_range r WHERE m.id = ? AND m.kind = 1",
                                 key);
    return rows.next() ? std::optional(Place{rows.text(0), rows.boolean(1)}) : std::nullopt;
}

void IndexedTextStore::remove(MessageKey key) {
    const auto place = placeOf(key);
    if (!place || !place->isIndexed) {
        return;
    }
    m_database.run("INSERT INTO search(search, rowid, body, place) "
                   "SELECT 'delete', id, body, place FROM search_text WHERE id = ?",
                   key);
    m_database.run("UPDATE search_range SET texts = texts - 1 WHERE id = 1");
    removeWords(unindexed(wordSetOf(place->text), {}));
}

void IndexedTextStore::replace(MessageKey key, std::string_view text) {
    const auto place = placeOf(key);
    if (!place) {
        return;
    }
    if (!place->isIndexed) {
        m_database.run("UPDATE message SET text = ? WHERE id = ?", text, key);
        return;
    }
    const auto before = wordSetOf(place->text);
    const auto after = wordSetOf(text);
    const auto added = unindexed(after, before);
    m_database.run("INSERT INTO search(search, rowid, body, place) "
                   "SELECT 'delete', id, body, place FROM search_text WHERE id = ?",
                   key);
    m_database.run("UPDATE message SET text = ? WHERE id = ?", text, key);
    m_database.run("INSERT INTO search(rowid, body, place) SELECT id, body, place FROM search_text "
                   "WHERE id = ?",
                   key);
    removeWords(unindexed(before, after));
    if (!added.empty()) {
        std::string lines;
        for (const std::string& word : added) {
            lines.append(lines.empty() ? "" : "\n").append(word);
        }
        m_database.run("INSERT INTO search_word(words) VALUES (?)", lines);
        noteChangedWords();
    }
}

/// Those of `words` and not of `except` that no message of the index has.
std::vector<std::string> IndexedTextStore::unindexed(const std::set<std::string>& words,
                                                     const std::set<std::string>& except) const {
    std::vector<std::string> found;
    for (const std::string& word : words) {
        if (!except.contains(word) && !isIndexed(word)) {
            found.push_back(word);
        }
    }
    return found;
}

/// Whoever keeps the words in memory reads them anew.
void IndexedTextStore::noteChangedWords() {
    m_database.run("UPDATE search_range SET words_removed = words_removed + 1 WHERE id = 1");
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
    noteChangedWords();
}

} // namespace sotto::core
