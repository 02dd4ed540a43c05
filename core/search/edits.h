// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How many typing mistakes lie between two words: a letter left out, added or wrong, or two neighbours
/// swapped.

#include <string>
#include <string_view>

namespace sotto::core {

class EditDistance {
public:
    /// The word that was typed: folded UTF-8.
    explicit EditDistance(std::string_view typed);
    /// Edits to the other word; `most` + 1 when there are more than that.
    int to(std::string_view other, int most) const;
    bool isAscii() const { return m_ascii; }
    std::size_t letters() const { return m_typed.size(); }

    /// How many mistakes are forgiven in a word of so many letters.
    static int forgiven(std::size_t letters) { return letters < 4 ? 0 : letters < 8 ? 1 : 2; }

private:
    std::u32string m_typed;
    bool m_ascii = true;
};

} // namespace sotto::core
