// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/bubble_text.h"

#include "app/format/links.h"
#include "app/views/text_looks.h"
#include "app/views/theme.h"

#include <QPainter>
#include <QTextBoundaryFinder>
#include <algorithm>

namespace sotto::app {
namespace {

bool isCode(core::TextStyle style) {
    return style == core::TextStyle::Code || style == core::TextStyle::CodeBlock;
}

} // namespace

BubbleText::BubbleText(ShownStyles text, const QFont& font, const QColor& link, Links links)
    : m_text(std::move(text.shown.text))
    , m_styles(std::move(text.styles)) {
    if (links == Links::Found) {
        gatherLinks();
    }
    QString lines = m_text;
    lines.replace(QLatin1Char('\n'), QChar::LineSeparator);
    m_layout.setText(lines);
    m_layout.setFont(font);
    QList<QTextLayout::FormatRange> formats;
    for (const ShownStyle& style : m_styles) {
        formats.append({style.begin, style.length, looksOf(style.style, link)});
    }
    m_layout.setFormats(formats);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(Qt::LayoutDirectionAuto);
    m_layout.setTextOption(option);
    m_layout.setCacheEnabled(true);
}

/// What looks like an address leads there, unless somebody said where it leads, or that it is code.
void BubbleText::gatherLinks() {
    const std::size_t given = m_styles.size();
    for (const LinkRange& range : linksIn(m_text)) {
        const auto begin = static_cast<int>(range.begin);
        const auto length = static_cast<int>(range.length);
        const bool taken =
            std::any_of(m_styles.begin(), m_styles.begin() + static_cast<std::ptrdiff_t>(given),
                        [&](const ShownStyle& style) {
                            return (style.style == core::TextStyle::Link || isCode(style.style)) &&
                                   style.begin < begin + length && begin < style.begin + style.length;
                        });
        if (!taken) {
            m_styles.push_back({core::TextStyle::Link, begin, length, m_text.mid(begin, length)});
        }
    }
}

void BubbleText::layOut(qreal width) {
    m_layout.beginLayout();
    qreal y = 0;
    while (true) {
        QTextLine line = m_layout.createLine();
        if (!line.isValid()) {
            break;
        }
        line.setLineWidth(width);
        line.setPosition({0, y});
        y += line.height();
    }
    m_layout.endLayout();
}

qreal BubbleText::naturalWidth() const {
    qreal widest = 0;
    for (int i = 0; i < m_layout.lineCount(); ++i) {
        widest = std::max(widest, m_layout.lineAt(i).naturalTextWidth());
    }
    return widest;
}

qreal BubbleText::lastWidth() const {
    return m_layout.lineAt(m_layout.lineCount() - 1).naturalTextWidth();
}

qreal BubbleText::height() const {
    const QTextLine last = m_layout.lineAt(m_layout.lineCount() - 1);
    return last.y() + last.height();
}

BubbleText::Hit BubbleText::hit(QPointF point) const {
    for (int i = 0; i < m_layout.lineCount(); ++i) {
        const QTextLine line = m_layout.lineAt(i);
        if (point.y() < line.y() || point.y() >= line.y() + line.height()) {
            continue;
        }
        Hit found{line.xToCursor(point.x()), line.naturalTextRect().contains(point), {}, {}};
        for (const ShownStyle& style : m_styles) {
            if (found.isOnText && style.style == core::TextStyle::Link && found.at >= style.begin &&
                found.at < style.begin + style.length) {
                found.link = style.address;
                found.words = m_text.mid(style.begin, style.length);
                break;
            }
        }
        return found;
    }
    return {point.y() < 0 ? 0 : static_cast<int>(m_text.size()), false, {}, {}};
}

TextSpan BubbleText::wordAt(int at) const {
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, m_text);
    finder.setPosition(std::min<qsizetype>(at + 1, m_text.size()));
    const auto begin = std::max<qsizetype>(finder.toPreviousBoundary(), 0);
    finder.setPosition(begin);
    const auto end = finder.toNextBoundary();
    return {static_cast<int>(begin), static_cast<int>(end < 0 ? m_text.size() : end)};
}

void BubbleText::draw(QPainter& painter, QPointF topLeft, qreal width,
                      const std::optional<TextSpan>& selected) const {
    const Theme& theme = Theme::current();
    for (const ShownStyle& style : m_styles) {
        if (style.style == core::TextStyle::CodeBlock) {
            const QTextLine first = m_layout.lineForTextPosition(style.begin);
            const QTextLine last = m_layout.lineForTextPosition(style.begin + style.length - 1);
            const QRectF area(topLeft.x() - 5, topLeft.y() + first.y(), width + 10,
                              last.y() + last.height() - first.y());
            const QPen pen = painter.pen();
            painter.setPen(Qt::NoPen);
            painter.setBrush(codeShade());
            painter.drawRoundedRect(area, 4, 4);
            painter.setPen(pen);
        }
    }
    QList<QTextLayout::FormatRange> selections;
    if (selected && selected->end > selected->begin) {
        QTextCharFormat format;
        format.setBackground(theme.accent);
        format.setForeground(theme.onAccent);
        selections.append({selected->begin, selected->end - selected->begin, format});
    }
    m_layout.draw(&painter, topLeft, selections);
}

} // namespace sotto::app
