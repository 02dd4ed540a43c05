// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Text as search compares it: case, width, ligatures and diacritics do not count, what is invisible is not
/// there, and every white space is a space. Marks that are letters (Indic vowels, Thai, kana voicing,
/// Cyrillic й) stay.
///
/// Folding goes code point by code point, so that each folded byte knows where it came from, and folding
/// twice is folding once.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::core {

/// Bytes that are no UTF-8 fold to U+FFFD.
std::string fold(std::string_view utf8);

struct FoldedText {
    std::string text;
    /// For each byte of text, and one more for its end: where the code point it came from begins in the
    /// original.
    std::vector<std::uint32_t> origins;
};
FoldedText foldWithOrigins(std::string_view utf8);

} // namespace sotto::core
