// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/message_layout.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/quote_block.h"
#include "app/views/theme.h"
#include "core/types/cause.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace sotto::app {
namespace {

constexpr int kMargin = 12;     ///< from the edge of the view
constexpr int kMostWidth = 500; ///< of the text: lines stay readable, and layouts hold when the window grows
constexpr int kPaddingX = 12;
constexpr int kPaddingY = 7;
constexpr int kRadius = 14;
constexpr int kInnerRadius = 6; ///< between bubbles of a group
constexpr int kTicks = 20;
constexpr int kTimer = 15;      ///< before the time of what disappears
constexpr int kLineHeight = 34; ///< of a day or unread line
constexpr int kIcon = 18;

QString tr(const char* text) {
    return QCoreApplication::translate("sotto::app::MessageLayout", text);
}

bool isCard(core::MessageKind kind) {
    return kind == core::MessageKind::Placeholder || kind == core::MessageKind::Gap;
}

/// What helps: nothing but its author does with some of them.
QString buttonOf(core::PlaceholderCause cause) {
    switch (cause) {
    case core::PlaceholderCause::None:
        return {};
    case core::PlaceholderCause::Mismatch:
    case core::PlaceholderCause::LinkedLater:
    case core::PlaceholderCause::AuthorHasNot:
    case core::PlaceholderCause::ClaimedExpired:
    case core::PlaceholderCause::Missing:
        return tr("Ask its author");
    case core::PlaceholderCause::UnknownSession:
    case core::PlaceholderCause::PrekeyGone:
    case core::PlaceholderCause::TooFarAhead:
    case core::PlaceholderCause::Undecryptable:
    case core::PlaceholderCause::PayloadMissing:
    case core::PlaceholderCause::UntrustedDevice:
    case core::PlaceholderCause::NewerFormat:
    case core::PlaceholderCause::RatchetReused:
        return tr("Details");
    }
    return {};
}

QPainterPath bubblePath(const QRectF& rect, bool outgoing, bool continues) {
    const qreal joint = continues ? kInnerRadius : kRadius;
    const qreal topLeft = outgoing ? kRadius : joint;
    const qreal topRight = outgoing ? joint : kRadius;
    const qreal bottomLeft = outgoing ? kRadius : kInnerRadius;
    const qreal bottomRight = outgoing ? kInnerRadius : kRadius;
    QPainterPath path;
    path.moveTo(rect.left() + topLeft, rect.top());
    path.lineTo(rect.right() - topRight, rect.top());
    path.quadTo(rect.topRight(), rect.topRight() + QPointF(0, topRight));
    path.lineTo(rect.right(), rect.bottom() - bottomRight);
    path.quadTo(rect.bottomRight(), rect.bottomRight() - QPointF(bottomRight, 0));
    path.lineTo(rect.left() + bottomLeft, rect.bottom());
    path.quadTo(rect.bottomLeft(), rect.bottomLeft() - QPointF(0, bottomLeft));
    path.lineTo(rect.left(), rect.top() + topLeft);
    path.quadTo(rect.topLeft(), rect.topLeft() + QPointF(topLeft, 0));
    return path;
}

QFont smaller(QFont font) {
    if (font.pointSizeF() > 0) {
        font.setPointSizeF(font.pointSizeF() * 0.85);
    } else {
        font.setPixelSize(std::max(8, font.pixelSize() * 85 / 100));
    }
    return font;
}

} // namespace

MessageLayout::MessageLayout(const core::Message& message, const Frame& frame, const QFont& font, QDate day,
                             QDate today, const QString& quotedAuthor)
    : m_frame(frame)
    , m_font(font)
    , m_small(smaller(font))
    , m_kind(message.kind)
    , m_state(message.state)
    , m_outgoing(message.outgoing)
    , m_disappears(message.kind == core::MessageKind::Text && message.expireSeconds > 0) {
    m_height = frame.continuesGroup ? 2 : 7;
    if (frame.startsDay) {
        addLine(dayWords(day, today), false);
    }
    if (frame.startsUnread) {
        addLine(tr("Unread messages"), true);
    }
    if (isCard(message.kind) || message.kind == core::MessageKind::Notice) {
        layOutCard(message);
    } else {
        layOutBubble(message, quotedAuthor);
    }
    m_height += 1;
}

MessageLayout::~MessageLayout() = default;

void MessageLayout::addLine(const QString& words, bool unread) {
    m_lines.push_back({words, m_height, unread});
    m_height += kLineHeight;
}

void MessageLayout::layOutBubble(const core::Message& message, const QString& quotedAuthor) {
    const bool deleted = message.kind == core::MessageKind::Deleted;
    ShownStyles shown =
        deleted
            ? ShownStyles{{message.deletedByAuthor ? tr("Taken back by its author") : tr("Deleted message"),
                           false},
                          {}}
            : shownStyles(message.text, message.styles, kBubble);
    if (deleted) {
        m_font.setItalic(true);
    }
    if (shown.shown.cut) {
        m_button = tr("Show all");
    } else if (message.state == core::MessageState::Failed) {
        m_button = tr("Send again");
    }
    m_time = clockTime(timeOf(message));
    if (!deleted) {
        gatherSigns(message);
        if (message.revision > 0) {
            m_time = tr("edited %1").arg(m_time);
        }
    }
    m_text = std::make_unique<BubbleText>(std::move(shown), m_font,
                                          m_outgoing && Theme::current().dark ? QColor("#a9d5ff")
                                                                              : Theme::current().accent,
                                          deleted ? BubbleText::Links::None : BubbleText::Links::Found);
    const int room =
        std::max(80, std::min(kMostWidth, (m_frame.width - 2 * kMargin) * 4 / 5 - 2 * kPaddingX));
    m_text->layOut(room);
    const QFontMetrics metrics(m_small);
    const int stampWidth = metrics.horizontalAdvance(m_time) + (m_outgoing && !deleted ? kTicks : 0) +
                           (m_disappears ? kTimer : 0);
    const int stampHeight = metrics.height();
    int textWidth = static_cast<int>(std::ceil(m_text->naturalWidth()));
    int textHeight = static_cast<int>(std::ceil(m_text->height()));
    // The time stands behind the last words if there is room, else below them.
    const bool rightToLeft = text().isRightToLeft();
    const int beside = static_cast<int>(std::ceil(m_text->lastWidth())) + 10 + stampWidth;
    const bool fits = m_button.isEmpty() && m_signs.empty() && !rightToLeft && beside <= room;
    textWidth = std::max(textWidth, fits ? beside : stampWidth);
    // Lines align inside of the bubble, which is as wide as its longest line.
    if (rightToLeft) {
        m_text->layOut(textWidth);
    }
    if (!m_button.isEmpty()) {
        const int buttonWidth = QFontMetrics(m_font).horizontalAdvance(m_button);
        textWidth = std::max(textWidth, buttonWidth + stampWidth + 24);
        m_buttonAt = QRect(0, textHeight + 2, buttonWidth, QFontMetrics(m_font).height() + 4);
        textHeight += m_buttonAt.height() + 2;
    } else if (!m_signs.empty()) {
        const int height = QFontMetrics(m_font).height() + 5;
        int x = 0;
        for (Sign& sign : m_signs) {
            sign.area =
                QRect(x, textHeight + 4, QFontMetrics(m_font).horizontalAdvance(sign.words) + 16, height);
            x += sign.area.width() + 4;
        }
        textWidth = std::max(textWidth, x + 8 + stampWidth);
        textHeight += height + 5;
    } else if (!fits) {
        textHeight += stampHeight;
    }
    int quoteHeight = 0;
    if (message.quote && !deleted) {
        m_quote = std::make_unique<QuoteBlock>(*message.quote, quotedAuthor, m_small, room);
        textWidth = std::max(textWidth, m_quote->naturalWidth());
        quoteHeight = m_quote->height() + 5;
    }
    const QSize size(textWidth + 2 * kPaddingX, quoteHeight + textHeight + 2 * kPaddingY);
    m_bubble = QRect(QPoint(leftOf(size.width(), m_outgoing), m_height), size);
    if (m_quote) {
        m_quote->place({m_bubble.left() + kPaddingX - 2, m_bubble.top() + kPaddingY + 1}, textWidth + 4);
    }
    m_textAt = m_bubble.topLeft() + QPoint(kPaddingX, kPaddingY + quoteHeight);
    m_buttonAt.translate(m_textAt);
    for (Sign& sign : m_signs) {
        sign.area.translate(m_textAt);
    }
    m_timeAt = QRect(m_bubble.right() - kPaddingX - stampWidth + 3,
                     m_bubble.bottom() - kPaddingY - stampHeight + 4, stampWidth, stampHeight);
    m_height += size.height();
}

int MessageLayout::leftOf(int width, bool own) const {
    return own != m_frame.mirrored ? m_frame.width - kMargin - width : kMargin;
}

void MessageLayout::gatherSigns(const core::Message& message) {
    for (const auto& [emoji, count] : signsOf(message.reactions)) {
        const bool isMine = std::ranges::any_of(message.reactions, [&, &emoji = emoji](const auto& reaction) {
            return reaction.emoji == emoji && (reaction.by == message.sender) == message.outgoing;
        });
        const QString number = count > 1 ? QLatin1Char(' ') + QString::number(count) : QString();
        m_signs.push_back(Sign{emoji, shownSign(emoji) + number, isMine, {}});
    }
}

void MessageLayout::layOutCard(const core::Message& message) {
    QString words;
    if (message.kind == core::MessageKind::Notice) {
        words = message.timer ? timerWords(message)
                              : shownSentence(message.detail.empty() ? message.text : message.detail);
    } else {
        const core::CauseText cause = core::textOf(message.cause);
        const QString what =
            message.numbers && message.numbers->last > message.numbers->first
                ? tr("%1 messages are missing.").arg(message.numbers->last - message.numbers->first + 1)
            : message.kind == core::MessageKind::Gap ? tr("A message is missing.")
                                                     : tr("A message cannot be read.");
        words = what + QLatin1Char(' ') + shownSentence(cause.sentence) + QLatin1Char(' ') +
                shownSentence(cause.action);
        m_button = buttonOf(message.cause);
        m_icon =
            message.kind == core::MessageKind::Gap ? QStringLiteral("missing") : QStringLiteral("warning");
    }
    m_text = std::make_unique<BubbleText>(ShownStyles{{words, false}, {}}, m_small, Theme::current().accent,
                                          BubbleText::Links::None);
    const int iconWidth = m_icon.isEmpty() ? 0 : kIcon + 10;
    const int room =
        std::max(80, std::min(kMostWidth, m_frame.width - 4 * kMargin - 2 * kPaddingX - iconWidth));
    m_text->layOut(room);
    int textHeight = static_cast<int>(std::ceil(m_text->height()));
    int textWidth = static_cast<int>(std::ceil(m_text->naturalWidth()));
    if (!m_button.isEmpty()) {
        const QFontMetrics metrics(m_font);
        textWidth = std::max(textWidth, metrics.horizontalAdvance(m_button));
        m_buttonAt = QRect(0, textHeight + 4, metrics.horizontalAdvance(m_button), metrics.height() + 2);
        textHeight += m_buttonAt.height() + 4;
    }
    const QSize size(textWidth + iconWidth + 2 * kPaddingX, textHeight + 2 * kPaddingY);
    const int left = isCard(message.kind) && !m_outgoing ? leftOf(size.width(), false)
                                                         : (m_frame.width - size.width()) / 2;
    m_bubble = QRect(QPoint(left, m_height), size);
    m_textAt = m_bubble.topLeft() + QPoint(kPaddingX + iconWidth, kPaddingY);
    m_buttonAt.translate(m_textAt);
    m_height += size.height();
}

MessageLayout::Hit MessageLayout::hit(QPoint point) const {
    if (!m_bubble.contains(point)) {
        return {};
    }
    if (!m_button.isEmpty() && m_buttonAt.adjusted(-4, -2, 4, 2).contains(point)) {
        return {Part::Button, 0, {}, {}, {}};
    }
    for (const Sign& sign : m_signs) {
        if (sign.area.contains(point)) {
            return {Part::Sign, 0, {}, {}, sign.emoji};
        }
    }
    if (m_outgoing && m_timeAt.contains(point)) {
        return {Part::State, 0, {}, {}, {}};
    }
    if (m_quote && m_quote->area().contains(point)) {
        return {Part::Quote, 0, {}, {}, {}};
    }
    BubbleText::Hit on = m_text->hit(point - m_textAt);
    if (!on.link.isEmpty()) {
        return {Part::Link, on.at, std::move(on.link), std::move(on.words), {}};
    }
    return {on.isOnText ? Part::Text : Part::Bubble, on.at, {}, {}, {}};
}

void MessageLayout::paint(QPainter& painter, QPoint topLeft, const std::optional<TextSpan>& selected,
                          bool lit) const {
    painter.save();
    painter.translate(topLeft);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setLayoutDirection(Qt::LayoutDirectionAuto); // a day's words have their own
    paintLines(painter);
    painter.setLayoutDirection(Qt::LeftToRight); // what is inside of a bubble has its place already
    if (isCard(m_kind) || m_kind == core::MessageKind::Notice) {
        paintCard(painter, lit);
    } else {
        paintBubble(painter, selected, lit);
    }
    painter.restore();
}

void MessageLayout::paintLines(QPainter& painter) const {
    const Theme& theme = Theme::current();
    painter.setFont(m_small);
    const QFontMetrics metrics(m_small);
    for (const Line& line : m_lines) {
        const QRect area(0, line.top, m_frame.width, kLineHeight - 6);
        if (line.unread) {
            QColor band = theme.accent;
            band.setAlpha(theme.dark ? 46 : 30);
            painter.fillRect(area.adjusted(0, 2, 0, -2), band);
            painter.setPen(theme.accent);
        } else {
            const int width = metrics.horizontalAdvance(line.words) + 22;
            QRectF pill((m_frame.width - width) / 2.0, area.center().y() - metrics.height() / 2.0 - 2, width,
                        metrics.height() + 5);
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.pill);
            painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
            painter.setPen(theme.onPill);
        }
        painter.drawText(area, Qt::AlignCenter, line.words);
    }
}

void MessageLayout::paintBubble(QPainter& painter, const std::optional<TextSpan>& selected, bool lit) const {
    const Theme& theme = Theme::current();
    const QColor back = m_outgoing ? theme.outgoing : theme.incoming;
    const QPainterPath path = bubblePath(m_bubble, m_outgoing != m_frame.mirrored, m_frame.continuesGroup);
    if (!theme.dark) {
        painter.translate(0, 1);
        painter.fillPath(path, QColor(20, 40, 60, 22));
        painter.translate(0, -1);
    }
    painter.fillPath(path, back);
    if (lit) {
        QColor light = theme.accent;
        light.setAlpha(60);
        painter.fillPath(path, light);
    }
    if (m_quote) {
        m_quote->paint(painter, m_outgoing);
    }
    painter.setPen(m_kind == core::MessageKind::Deleted ? theme.faint : theme.text);
    m_text->draw(painter, m_textAt, m_bubble.width() - 2 * kPaddingX, selected);
    if (!m_button.isEmpty()) {
        painter.setFont(m_font);
        painter.setPen(m_state == core::MessageState::Failed ? theme.danger : theme.accent);
        painter.drawText(m_buttonAt, Qt::AlignLeft | Qt::AlignVCenter, m_button);
    }
    paintSigns(painter);
    painter.setFont(m_small);
    const QColor faint = m_outgoing ? theme.outgoingFaint : theme.faint;
    painter.setPen(faint);
    QRect time = m_timeAt;
    if (m_disappears) {
        constexpr int kSize = 12;
        painter.drawPixmap(
            QPoint(time.left(), time.center().y() - kSize / 2),
            iconPixmap(QStringLiteral("timer"), kSize, faint, painter.device()->devicePixelRatioF()));
        time.setLeft(time.left() + kTimer);
    }
    painter.drawText(time, Qt::AlignLeft | Qt::AlignVCenter, m_time);
    if (m_outgoing && m_kind != core::MessageKind::Deleted) {
        paintTicks(painter, faint);
    }
}

void MessageLayout::paintSigns(QPainter& painter) const {
    const Theme& theme = Theme::current();
    painter.setFont(m_font);
    for (const Sign& sign : m_signs) {
        QColor back = theme.accent;
        back.setAlpha(sign.isMine ? 120 : 45);
        painter.setPen(Qt::NoPen);
        painter.setBrush(back);
        painter.drawRoundedRect(sign.area, sign.area.height() / 2.0, sign.area.height() / 2.0);
        painter.setPen(theme.text);
        painter.drawText(sign.area, Qt::AlignCenter, sign.words);
    }
}

void MessageLayout::paintTicks(QPainter& painter, const QColor& colour) const {
    const Theme& theme = Theme::current();
    const QPointF origin(m_timeAt.right() - 14, m_timeAt.center().y());
    QPen pen(m_state == core::MessageState::Read     ? theme.ticks
             : m_state == core::MessageState::Failed ? theme.danger
                                                     : colour,
             1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const auto tick = [&](qreal x) {
        painter.drawPolyline(QPolygonF{origin + QPointF(x, 0), origin + QPointF(x + 3.2, 3.4),
                                       origin + QPointF(x + 9.6, -4.2)});
    };
    switch (m_state) {
    case core::MessageState::Received:
        break;
    case core::MessageState::Queued:
    case core::MessageState::Encrypted:
        painter.drawEllipse(origin + QPointF(7, -0.5), 4.6, 4.6);
        painter.drawPolyline(
            QPolygonF{origin + QPointF(7, -3), origin + QPointF(7, -0.3), origin + QPointF(9, 0.8)});
        break;
    case core::MessageState::Sent:
        tick(2);
        break;
    case core::MessageState::Delivered:
    case core::MessageState::Read:
        tick(-1);
        tick(4);
        break;
    case core::MessageState::Failed:
        painter.drawEllipse(origin + QPointF(7, -0.5), 5.2, 5.2);
        painter.drawLine(origin + QPointF(7, -3.4), origin + QPointF(7, -0.2));
        painter.drawPoint(origin + QPointF(7, 2.2));
        break;
    }
}

void MessageLayout::paintCard(QPainter& painter, bool lit) const {
    const Theme& theme = Theme::current();
    const QRectF rect = QRectF(m_bubble).adjusted(0.5, 0.5, -0.5, -0.5);
    if (isCard(m_kind)) {
        QColor back = theme.window;
        back.setAlpha(150);
        painter.setBrush(lit ? theme.hover : back);
        painter.setPen(QPen(theme.faint, 1, Qt::DashLine));
        painter.drawRoundedRect(rect, 10, 10);
        painter.drawPixmap(m_bubble.topLeft() + QPoint(kPaddingX - 2, kPaddingY - 1),
                           iconPixmap(m_icon, kIcon, theme.faint, painter.device()->devicePixelRatioF()));
        painter.setPen(theme.text);
    } else {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.pill);
        painter.drawRoundedRect(rect, 12, 12);
        painter.setPen(theme.onPill);
    }
    m_text->draw(painter, m_textAt, 0, {});
    if (!m_button.isEmpty()) {
        painter.setFont(m_font);
        painter.setPen(theme.accent);
        painter.drawText(m_buttonAt, Qt::AlignLeft | Qt::AlignVCenter, m_button);
    }
}

} // namespace sotto::app
