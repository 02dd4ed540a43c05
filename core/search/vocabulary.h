// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Every word of the search index in memory, for what an index of words cannot find: a part from inside a
/// word, and a word with a letter or two wrong. Read from the index when first asked, then kept up by whoever
/// adds to the index. It may know words that are in no message any more; never the reverse.

#include "core/db/database.h"

#include <set>

namespace sotto::core {

class Vocabulary {
public:
    /// Throws db::Failure.
    void load(db::Database& database);
    bool isLoaded() const { return m_loaded; }
    /// Forgets all, to be loaded anew.
    void clear();
    /// Of a message that is being indexed. Nothing while it is not loaded.
    void add(std::string_view word);

    /// Words with this inside, or that end with it. At most `most`; nothing if there are more.
    std::optional<std::vector<std::string>> containing(std::string_view part, std::size_t most) const;
    std::optional<std::vector<std::string>> endingWith(std::string_view part, std::size_t most) const;
    /// Words that are `edits` or fewer edits away (a letter left out, added or wrong, two swapped), nearest
    /// first, at most `most`. Not the word itself.
    std::vector<std::string> near(std::string_view word, int edits, std::size_t most) const;

    std::size_t size() const { return m_begins.size() + m_added.size(); }

private:
    std::optional<std::vector<std::string>> matching(const std::string& needle, std::size_t most) const;
    template <class F>
    void forEach(F f) const;

    bool m_loaded = false;
    std::string m_text; ///< "\nword\nword\n", sorted
    std::vector<std::uint32_t> m_begins;
    std::vector<std::uint32_t>
        m_letters; ///< which letters each has, as bits: most words are told apart by these alone
    std::set<std::string, std::less<>> m_added;
};

/// Before a conversation's number in the index: of a private use, so that no text has it by chance.
inline constexpr std::string_view kPlaceMark = "\xEE\x80\x80";

} // namespace sotto::core
