// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The words that folded text is made of, as the search index has them. Letters, digits and marks that stand
/// together are a word; each code point of a script without spaces between words (Han, kana, Hangul, Thai,
/// Lao, Khmer, Burmese), and each emoji or other symbol, is one by itself. Punctuation and spaces are in
/// none.

#include <cstddef>
#include <string_view>
#include <vector>

namespace sotto::core {

struct Word {
    std::size_t begin = 0; ///< bytes
    std::size_t end = 0;
    bool alone = false; ///< a code point that is a word by itself: no part of it can be asked for
};

/// Longer runs are cut into pieces that overlap by half, so that whatever is at most half as long lies in one
/// of them.
inline constexpr std::size_t kLongestWord = 256;

/// The words of folded text, in order.
std::vector<Word> wordsOf(std::string_view folded);

} // namespace sotto::core
