// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Other people's text on its way to a terminal: nothing in it may move the cursor, change colours, turn the
/// reading direction or look like a line of ours.

#include <string>
#include <string_view>

namespace sotto::cli {

/// One line: C0 and C1 controls, line and paragraph separators and direction controls become \u{…}, bytes
/// that are no UTF-8 become \x{…}. The backslash stays: what this makes is for reading, not for decoding.
std::string escaped(std::string_view text);
/// The same for a message: line ends stay and each further line is indented.
std::string escapedMessage(std::string_view text, std::string_view indent);
/// A line of JSON in which no control byte is left that a terminal would act on; its meaning stays.
std::string escapedJson(std::string_view line);
/// Well-formed UTF-8 (no surrogates, nothing over-long, nothing beyond U+10FFFF).
bool isUtf8(std::string_view text);

} // namespace sotto::cli
