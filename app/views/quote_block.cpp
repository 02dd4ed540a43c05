// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/quote_block.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/theme.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

namespace sotto::app {
namespace {

constexpr int kBefore = 10; ///< the stripe and what follows it
constexpr int kBehind = 8;
constexpr int kAround = 4; ///< above and below

} // namespace

QuoteBlock::QuoteBlock(const core::Quote& quote, const QString& author, const QFont& font, int room)
    : m_font(font)
    , m_bold(font)
    , m_author(author)
    , m_note(quoteWords(quote.state))
    , m_isGone(quote.state == core::QuoteState::Deleted) {
    m_bold.setWeight(QFont::DemiBold);
    m_font.setItalic(m_isGone);
    m_text = m_isGone ? QCoreApplication::translate("sotto::app::QuoteBlock", "Deleted message")
                      : shownLine(quote.text);
    if (m_isGone) {
        m_note.clear(); // it says so itself
    } else if (!m_note.isEmpty()) {
        m_note.prepend(QStringLiteral(" · "));
    }
    const QFontMetrics metrics(m_font);
    const QFontMetrics boldMetrics(m_bold);
    const int most = room - kBefore - kBehind;
    m_author = boldMetrics.elidedText(m_author, Qt::ElideRight,
                                      std::max(40, most - metrics.horizontalAdvance(m_note)));
    m_text = metrics.elidedText(m_text, Qt::ElideRight, most);
    const int widest = std::max(boldMetrics.horizontalAdvance(m_author) + metrics.horizontalAdvance(m_note),
                                metrics.horizontalAdvance(m_text));
    m_width = std::min(room, widest + kBefore + kBehind);
    m_height = 2 * metrics.height() + 2 * kAround;
}

void QuoteBlock::place(QPoint topLeft, int width) {
    m_area = QRect(topLeft, QSize(width, m_height));
}

void QuoteBlock::paint(QPainter& painter, bool outgoing) const {
    const Theme& theme = Theme::current();
    const QColor colour = outgoing && theme.dark ? QColor("#a9d5ff") : theme.accent;
    QPainterPath path;
    path.addRoundedRect(m_area, 5, 5);
    QColor back = colour;
    back.setAlpha(theme.dark ? 38 : 26);
    painter.fillPath(path, back);
    painter.save();
    painter.setClipPath(path);
    painter.fillRect(QRect(m_area.topLeft(), QSize(3, m_area.height())), colour);
    painter.restore();
    const QFontMetrics metrics(m_font);
    const QRect first(m_area.left() + kBefore, m_area.top() + kAround, m_area.width() - kBefore - kBehind,
                      metrics.height());
    painter.setFont(m_bold);
    painter.setPen(colour);
    painter.drawText(first, Qt::AlignLeft | Qt::AlignVCenter, m_author);
    painter.setFont(m_font);
    if (!m_note.isEmpty()) {
        painter.setPen(theme.danger);
        painter.drawText(first.adjusted(QFontMetrics(m_bold).horizontalAdvance(m_author), 0, 0, 0),
                         Qt::AlignLeft | Qt::AlignVCenter, m_note);
    }
    painter.setPen(m_isGone ? (outgoing ? theme.outgoingFaint : theme.faint) : theme.text);
    painter.drawText(first.translated(0, metrics.height()),
                     (m_text.isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, m_text);
}

} // namespace sotto::app
