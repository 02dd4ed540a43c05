// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The one way of text that others wrote (names, messages, file names, errors that quote them) into a widget.
/// What comes out is plain text for labels of Qt::PlainText and our own painting: characters that act without
/// being seen (controls, bidi, zero-width, fillers) stand there by name, ⟨U+202E⟩; marks do not pile up; what
/// is too long is cut. Emoji sequences and the joiners that Persian or Hindi are written with stay.

#include <QString>
#include <span>
#include <string_view>
#include <vector>

namespace sotto::app {

struct ShowLimits {
    int characters;
    int lines; ///< 1: line ends become spaces, and what was cut ends in …
};
inline constexpr ShowLimits kName{48, 1};
inline constexpr ShowLimits kLine{160, 1};
inline constexpr ShowLimits kSentence{600, 1};
inline constexpr ShowLimits kBubble{3000, 60};
inline constexpr ShowLimits kWhole{66'000, 66'000};

struct ShownText {
    QString text;
    bool cut = false; ///< there is more than what is shown
};

ShownText shownText(std::string_view utf8, ShowLimits limits);
/// places: of the original in bytes, ascending. shownAt: where what stood there begins in what is shown, one
/// for each; the end for what is cut off, and the next character for what is inside of one. limits: of
/// several lines.
ShownText shownText(std::string_view utf8, ShowLimits limits, std::span<const std::size_t> places,
                    std::vector<qsizetype>& shownAt);
inline QString shownName(std::string_view utf8) {
    return shownText(utf8, kName).text;
}
inline QString shownLine(std::string_view utf8) {
    return shownText(utf8, kLine).text;
}
inline QString shownSentence(std::string_view utf8) {
    return shownText(utf8, kSentence).text;
}
/// A reaction.
inline QString shownSign(std::string_view utf8) {
    return shownText(utf8, {12, 1}).text;
}
/// The same for a part of a sentence of ours: its direction stays its own.
QString isolated(const QString& shown);
/// For a tooltip, which decides by itself whether it is given markup: it is, and nothing in it is but line
/// ends.
QString toolTipOf(const QString& shown);

} // namespace sotto::app
