// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How pieces of a text look: ranges over plain text, never markup (docs/decisions/0032). Which ranges may
/// stand together is said in core/text/styles.h.

#include <cstdint>
#include <string>
#include <vector>

namespace sotto::core {

/// On the wire and on the disk by these numbers.
enum class TextStyle : int {
    Bold = 1,
    Italic = 2,
    Strikethrough = 3,
    Code = 4,
    CodeBlock = 5, ///< whole lines
    Link = 6,
};

struct StyledRange {
    TextStyle style = TextStyle::Bold;
    std::uint32_t begin = 0;  ///< in bytes of the UTF-8 text, between code points
    std::uint32_t length = 0; ///< the same; never 0
    std::string address;      ///< of a Link, and of nothing else: http or https
    friend bool operator==(const StyledRange&, const StyledRange&) = default;
};
using Styles = std::vector<StyledRange>;

inline constexpr std::size_t kMaxStyledRanges = 200;           ///< of one text
inline constexpr std::size_t kMaxAddressBytes = 2048;          ///< of one link
inline constexpr std::size_t kMaxAddressesBytes = 32UL * 1024; ///< of all links of one text

/// A text with its looks.
struct StyledText {
    std::string text;
    Styles styles = {};
    friend bool operator==(const StyledText&, const StyledText&) = default;
};

} // namespace sotto::core
