// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/text_looks.h"

#include <QFontDatabase>
#include <QFontInfo>

namespace sotto::app {

QColor codeShade() {
    return {128, 128, 128, 48}; // on bubbles of either side, in either theme
}

QTextCharFormat looksOf(core::TextStyle style, const QColor& link) {
    QTextCharFormat looks;
    switch (style) {
    case core::TextStyle::Bold:
        looks.setFontWeight(QFont::Bold);
        break;
    case core::TextStyle::Italic:
        looks.setFontItalic(true);
        break;
    case core::TextStyle::Strikethrough:
        looks.setFontStrikeOut(true);
        break;
    case core::TextStyle::Code:
        looks.setBackground(codeShade());
        [[fallthrough]];
    case core::TextStyle::CodeBlock:
        // The family that the desktop's name for it stands for: of a list that begins with a mere alias
        // digits would be taken from the emoji.
        looks.setFontFamilies({QFontInfo(QFontDatabase::systemFont(QFontDatabase::FixedFont)).family()});
        looks.setFontFixedPitch(true);
        break;
    case core::TextStyle::Link:
        looks.setForeground(link);
        looks.setFontUnderline(true);
        break;
    }
    return looks;
}

} // namespace sotto::app
