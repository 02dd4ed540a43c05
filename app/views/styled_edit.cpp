// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/styled_edit.h"

#include "app/views/text_looks.h"
#include "app/views/theme.h"

#include <QPlainTextEdit>
#include <QTextBlock>
#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace sotto::app {
namespace {

using core::TextStyle;

constexpr std::array kStyles{TextStyle::Bold, TextStyle::Italic,    TextStyle::Strikethrough,
                             TextStyle::Code, TextStyle::CodeBlock, TextStyle::Link};

/// True under this, or the address of a link: looks alone would not tell code from a font.
int propertyOf(TextStyle style) {
    return QTextFormat::UserProperty + static_cast<int>(style);
}
bool has(const QTextCharFormat& format, TextStyle style) {
    return format.hasProperty(propertyOf(style));
}
QTextCharFormat formatOf(TextStyle style, const QString& address = {}) {
    QTextCharFormat format = looksOf(style, Theme::current().accent);
    if (style == TextStyle::CodeBlock) {
        format.setBackground(codeShade()); // a bubble paints it behind the whole block
    }
    format.setProperty(propertyOf(style), style == TextStyle::Link ? QVariant(address) : QVariant(true));
    return format;
}

/// What looks the same from one end to the other. Positions as in the document, which counts a line end as
/// one.
struct Piece {
    int begin = 0;
    int end = 0;
    QTextCharFormat format;
};

std::vector<Piece> piecesOf(const QTextBlock& block) {
    std::vector<Piece> pieces;
    for (auto it = block.begin(); !it.atEnd(); ++it) {
        const QTextFragment fragment = it.fragment();
        pieces.push_back(
            {fragment.position(), fragment.position() + fragment.length(), fragment.charFormat()});
    }
    return pieces;
}
std::vector<Piece> piecesIn(const QTextDocument& document, int begin, int end) {
    std::vector<Piece> pieces;
    for (QTextBlock block = document.findBlock(begin); block.isValid() && block.position() < end;
         block = block.next()) {
        for (Piece& piece : piecesOf(block)) {
            piece.begin = std::max(piece.begin, begin);
            piece.end = std::min(piece.end, end);
            if (piece.begin < piece.end) {
                pieces.push_back(std::move(piece));
            }
        }
    }
    return pieces;
}

/// Gathers what the document shows into ranges; neighbours that look the same become one.
class Gatherer {
public:
    void add(TextStyle style, int begin, int end, const QString& address = {}) {
        auto& last = m_last[style];
        if (last && last->end == begin && last->address == address) {
            last->end = end;
            return;
        }
        close(style);
        last = Range{begin, end, address};
    }
    core::Styles finish(const QString& text) {
        for (const TextStyle style : kStyles) {
            close(style);
        }
        const auto bytes = [&](int at) {
            return static_cast<std::uint32_t>(QStringView(text).left(at).toUtf8().size());
        };
        core::Styles styles;
        for (const auto& [style, range] : m_ranges) {
            const std::uint32_t begin = bytes(range.begin);
            styles.push_back({style, begin, bytes(range.end) - begin, range.address.toStdString()});
        }
        return styles;
    }

private:
    struct Range {
        int begin = 0;
        int end = 0;
        QString address;
    };
    void close(TextStyle style) {
        if (auto& last = m_last[style]) {
            m_ranges.emplace_back(style, *last);
            last.reset();
        }
    }
    std::map<TextStyle, std::optional<Range>> m_last;
    std::vector<std::pair<TextStyle, Range>> m_ranges;
};

bool isBlockOfCode(const QTextBlock& block) {
    for (const Piece& piece : piecesOf(block)) {
        if (has(piece.format, TextStyle::CodeBlock)) {
            return true;
        }
    }
    return false;
}

} // namespace

core::StyledText styledTextOf(const QPlainTextEdit& edit) {
    const QString text = edit.toPlainText();
    Gatherer gathered;
    for (QTextBlock block = edit.document()->begin(); block.isValid(); block = block.next()) {
        const int begin = block.position();
        const int end = begin + block.length() - 1; // without its line end
        if (isBlockOfCode(block)) {
            const bool continues = block.previous().isValid() && isBlockOfCode(block.previous());
            gathered.add(TextStyle::CodeBlock, continues ? begin - 1 : begin, end);
            continue;
        }
        for (const Piece& piece : piecesOf(block)) {
            if (has(piece.format, TextStyle::Code)) {
                gathered.add(TextStyle::Code, piece.begin, piece.end);
                continue;
            }
            for (const TextStyle style : kStyles) {
                if (has(piece.format, style)) {
                    const QVariant value = piece.format.property(propertyOf(style));
                    gathered.add(style, piece.begin, piece.end,
                                 style == TextStyle::Link ? value.toString() : QString());
                }
            }
        }
    }
    return {text.toStdString(), gathered.finish(text)};
}

void setStyledText(QPlainTextEdit& edit, const core::StyledText& text) {
    edit.moveCursor(QTextCursor::End);
    edit.setCurrentCharFormat({}); // what is set plain has the looks of what was typed last
    edit.setPlainText(QString::fromStdString(text.text));
    QTextCursor cursor(edit.document());
    const auto at = [&](std::size_t bytes) {
        QString before = QString::fromUtf8(text.text.data(), static_cast<qsizetype>(bytes));
        return static_cast<int>(before.replace(QLatin1String("\r\n"), QLatin1String("\n")).size());
    };
    cursor.beginEditBlock();
    for (const core::StyledRange& range : text.styles) {
        const std::size_t end = std::size_t{range.begin} + range.length;
        if (end > text.text.size()) {
            continue;
        }
        cursor.setPosition(at(range.begin));
        cursor.setPosition(at(end), QTextCursor::KeepAnchor);
        cursor.mergeCharFormat(formatOf(range.style, QString::fromStdString(range.address)));
    }
    cursor.endEditBlock();
    edit.moveCursor(QTextCursor::End);
    edit.setCurrentCharFormat({});
}

void toggleStyle(QPlainTextEdit& edit, TextStyle style) {
    QTextCursor cursor = edit.textCursor();
    if (!cursor.hasSelection()) {
        return;
    }
    const QTextDocument& document = *edit.document();
    int begin = cursor.selectionStart();
    int end = cursor.selectionEnd();
    const QTextBlock first = document.findBlock(begin);
    const QTextBlock last = document.findBlock(end);
    if (style == TextStyle::Code && first != last) {
        style = TextStyle::CodeBlock;
    }
    if (style == TextStyle::CodeBlock) {
        begin = first.position();
        end = last.position() + last.length() - 1;
    }
    const std::vector<Piece> pieces = piecesIn(document, begin, end);
    const bool isOn = !pieces.empty() && std::ranges::all_of(pieces, [&](const Piece& piece) {
        return has(piece.format, style);
    });
    const bool isCode = style == TextStyle::Code || style == TextStyle::CodeBlock;
    QTextCursor writer(edit.document());
    writer.beginEditBlock();
    for (const Piece& piece : pieces) {
        writer.setPosition(piece.begin);
        writer.setPosition(piece.end, QTextCursor::KeepAnchor);
        QTextCharFormat format;
        for (const TextStyle other : kStyles) {
            const bool keeps = other != style && !isCode && has(piece.format, other);
            if (keeps || (other == style && !isOn)) {
                format.merge(formatOf(other, piece.format.property(propertyOf(other)).toString()));
            }
        }
        writer.setCharFormat(format);
    }
    writer.endEditBlock();
}

void clearStyles(QPlainTextEdit& edit) {
    QTextCursor cursor = edit.textCursor();
    cursor.setCharFormat({});
}

core::StyledText joined(core::StyledText above, const core::StyledText& below) {
    if (below.text.empty()) {
        return above;
    }
    above.text += '\n';
    const auto begin = static_cast<std::uint32_t>(above.text.size());
    above.text += below.text;
    for (core::StyledRange range : below.styles) {
        range.begin += begin;
        above.styles.push_back(std::move(range));
    }
    return above;
}

} // namespace sotto::app
