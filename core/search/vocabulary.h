// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Every word of the search index in memory, for what an index of words cannot find: a part from inside a
/// word, and a word with a letter or two wrong. Kept in the table search_word, a row for the new words of
/// each slice that was indexed, and read from there when first asked for. It may know words that are in no
/// message any more, but none that only a deleted message had; never the reverse.

#include "core/db/database.h"

namespace sotto::core {

class Vocabulary {
public:
    /// Throws db::Failure. When it is loaded already: what was appended since, by whichever connection.
    void load(db::Database& database);
    bool isLoaded() const { return m_loaded; }
    /// Forgets all, to be loaded anew.
    void clear();
    /// Of a message that is being indexed: true for one it did not know. It must be loaded.
    bool add(std::string_view word);

    bool has(std::string_view word) const { return m_loaded && m_slots[slotOf(word)] != 0; }
    /// Words with this inside, that begin with it, or that end with it. At most `most`; nothing if there are
    /// more.
    std::optional<std::vector<std::string>> containing(std::string_view part, std::size_t most) const;
    std::optional<std::vector<std::string>> beginningWith(std::string_view part, std::size_t most) const;
    std::optional<std::vector<std::string>> endingWith(std::string_view part, std::size_t most) const;
    /// Words that are `edits` or fewer edits away (a letter left out, added or wrong, two swapped), nearest
    /// first, at most `most`. Not the word itself.
    std::vector<std::string> near(std::string_view word, int edits, std::size_t most) const;

    std::size_t size() const { return m_begins.size(); }

private:
    std::optional<std::vector<std::string>> matching(const std::string& needle, std::size_t most) const;
    std::string_view at(std::size_t i) const;
    std::size_t slotOf(std::string_view word) const;
    void makeSlots(std::size_t count);

    bool m_loaded = false;
    std::int64_t m_lastRow = 0; ///< of search_word
    std::string m_text;         ///< "\nword\nword\n"
    std::vector<std::uint32_t> m_begins;
    std::vector<std::uint32_t>
        m_letters; ///< which letters each has, as bits: most words are told apart by these alone
    std::vector<std::uint32_t> m_slots; ///< by hash: a word's place and one; 0: free
};

/// Before a conversation's number in the index: of a private use, so that no text has it by chance.
inline constexpr std::string_view kPlaceMark = "\xEE\x80\x80";

} // namespace sotto::core
