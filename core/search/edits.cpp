// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/edits.h"

#include "core/text/utf8.h"

#include <algorithm>
#include <array>

namespace sotto::core {
namespace {

constexpr std::size_t kMostLetters = 64; ///< longer is no word that somebody mistypes

std::u32string codePoints(std::string_view utf8) {
    std::u32string points;
    for (std::size_t at = 0; at < utf8.size();) {
        points += nextCodePoint(utf8, at);
    }
    return points;
}

} // namespace

EditDistance::EditDistance(std::string_view typed)
    : m_typed(codePoints(typed))
    , m_ascii(m_typed.size() == typed.size()) {}

/// Optimal string alignment, row by row; gives up when no cell of a row is within `most`.
int EditDistance::to(std::string_view other, int most) const {
    const auto allowed = static_cast<std::size_t>(most);
    if (other.size() + allowed < m_typed.size() || other.size() > (m_typed.size() + allowed) * 4 ||
        m_typed.size() > kMostLetters) {
        return most + 1;
    }
    const std::u32string theirs = codePoints(other);
    const std::size_t n = m_typed.size();
    const std::size_t m = theirs.size();
    if (m > n + allowed || n > m + allowed || m > kMostLetters) {
        return most + 1;
    }
    using Row = std::array<int, kMostLetters + 1>;
    Row before{};
    Row previous{};
    Row current{};
    for (std::size_t j = 0; j <= m; ++j) {
        previous[j] = static_cast<int>(j);
    }
    for (std::size_t i = 1; i <= n; ++i) {
        current[0] = static_cast<int>(i);
        int least = current[0];
        for (std::size_t j = 1; j <= m; ++j) {
            const bool same = m_typed[i - 1] == theirs[j - 1];
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && m_typed[i - 1] == theirs[j - 2] && m_typed[i - 2] == theirs[j - 1]) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
            least = std::min(least, current[j]);
        }
        if (least > most) {
            return most + 1;
        }
        before = previous;
        previous = current;
    }
    return std::min(previous[m], most + 1);
}

} // namespace sotto::core
