// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_delegate.h"

#include "app/models/list_role.h"
#include "app/views/theme.h"

#include <QPainter>
#include <QTextLayout>

namespace sotto::app {
namespace {

constexpr int kPadding = 10;
constexpr int kSign = 15; ///< for muted and pinned

int avatarSize() {
    return density() == Density::Compact ? 32 : 44;
}

QFont smaller(QFont font, double factor) {
    font.setPointSizeF(std::max(6.0, font.pointSizeF() * factor));
    return font;
}

/// One line with what was found marked, cut where the room ends.
void paintLine(QPainter& painter, const QRect& area, const QString& text, const QList<QPoint>& marks,
               const QColor& colour, bool selected) {
    QTextLayout layout(text, painter.font());
    QList<QTextLayout::FormatRange> formats;
    for (const QPoint& mark : marks) {
        QTextCharFormat format;
        if (!selected) {
            format.setBackground(Theme::current().marked);
            format.setForeground(Theme::current().text);
        }
        format.setFontWeight(QFont::DemiBold);
        formats.append({mark.x(), mark.y() - mark.x(), format});
    }
    layout.setFormats(formats);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    if (line.isValid()) {
        line.setLineWidth(100'000);
    }
    layout.endLayout();
    painter.save();
    painter.setClipRect(area);
    painter.setPen(colour);
    const bool right = painter.layoutDirection() == Qt::RightToLeft;
    const qreal x = right ? area.right() - line.naturalTextWidth() : area.left();
    layout.draw(&painter, QPointF(x - (right ? line.x() : 0), area.top()));
    painter.restore();
}

} // namespace

void paintAvatar(QPainter& painter, const QRectF& area, const QString& name, const QByteArray& identity) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor colour = avatarColour({identity.constData(), static_cast<std::size_t>(identity.size())});
    QLinearGradient gradient(area.topLeft(), area.bottomLeft());
    gradient.setColorAt(0, colour.lighter(112));
    gradient.setColorAt(1, colour.darker(106));
    painter.setPen(Qt::NoPen);
    painter.setBrush(gradient);
    painter.drawEllipse(area);
    QFont font = painter.font();
    font.setPixelSize(static_cast<int>(area.height() * 0.38));
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(Qt::white);
    painter.drawText(area, Qt::AlignCenter, initialsOf(name));
    painter.restore();
}

QSize ConversationDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    const int room = density() == Density::Compact ? 8 : 2 * kPadding - 2;
    return {120, std::max(avatarSize(), 2 * option.fontMetrics.height() + 6) + room};
}

void ConversationDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    const Theme& theme = Theme::current();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->setLayoutDirection(option.direction);
    painter->fillRect(option.rect, selected                                         ? theme.selected
                                   : option.state.testFlag(QStyle::State_MouseOver) ? theme.hover
                                                                                    : theme.window);
    // Positions count from the side where reading begins.
    const auto placed = [&](const QRect& rect) {
        return QStyle::visualRect(option.direction, option.rect, rect.translated(option.rect.topLeft()));
    };
    const int height = option.rect.height();
    const int width = option.rect.width();
    const QString title = index.data(TitleRole).toString();
    const int avatar = avatarSize();
    paintAvatar(*painter, placed({kPadding, (height - avatar) / 2, avatar, avatar}), title,
                index.data(IdentityRole).toByteArray());

    const QColor colour = selected ? theme.selectedText : theme.text;
    const QColor faint = selected ? theme.selectedText : theme.faint;
    const int left = 2 * kPadding + avatar + 2;
    const int right = width - kPadding;
    QFont bold = option.font;
    bold.setWeight(QFont::DemiBold);
    const QFont small = smaller(option.font, 0.85);
    const int lineHeight = option.fontMetrics.height();
    const int top = (height - 2 * lineHeight - 4) / 2;

    const QString time = index.data(TimeRole).toString();
    const int timeWidth = QFontMetrics(small).horizontalAdvance(time);
    painter->setFont(small);
    painter->setPen(faint);
    painter->drawText(placed({right - timeWidth, top, timeWidth, lineHeight}), Qt::AlignCenter, time);

    const qreal ratio = painter->device()->devicePixelRatioF();
    const auto sign = [&](const QString& name, int x, int y) {
        painter->drawPixmap(placed({x, y + (lineHeight - kSign) / 2, kSign, kSign}).topLeft(),
                            iconPixmap(name, kSign, faint, ratio));
    };
    const bool isMuted = index.data(IsMutedRole).toBool();
    painter->setFont(bold);
    painter->setPen(colour);
    const int titleWidth = right - left - timeWidth - 8 - (isMuted ? kSign + 4 : 0);
    const QString shown = QFontMetrics(bold).elidedText(title, Qt::ElideRight, titleWidth);
    painter->drawText(placed({left, top, titleWidth, lineHeight}), Qt::AlignLeading | Qt::AlignVCenter,
                      shown);
    if (isMuted) {
        sign(QStringLiteral("muted"),
             left + std::min(titleWidth, QFontMetrics(bold).horizontalAdvance(shown)) + 4, top);
    }

    int previewRight = right;
    const auto unread = index.data(UnreadRole).toLongLong();
    if (unread > 0) {
        const QString count = unread > 999 ? QStringLiteral("999+") : QString::number(unread);
        const int badgeHeight = QFontMetrics(small).height() + 4;
        const int badgeWidth = std::max(badgeHeight, QFontMetrics(small).horizontalAdvance(count) + 12);
        const QRect badge = placed({right - badgeWidth, top + lineHeight + 4, badgeWidth, badgeHeight});
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(selected ? theme.selectedText : isMuted ? theme.faint : theme.accent);
        painter->drawRoundedRect(badge, badgeHeight / 2.0, badgeHeight / 2.0);
        painter->setFont(small);
        painter->setPen(selected ? theme.selected : theme.onAccent);
        painter->drawText(badge, Qt::AlignCenter, count);
        previewRight -= badgeWidth + 8;
    } else if (index.data(IsPinnedRole).toBool()) {
        sign(QStringLiteral("pin"), right - kSign, top + lineHeight + 4);
        previewRight -= kSign + 8;
    }
    painter->setFont(option.font);
    const QString preview = index.data(PreviewRole).toString();
    int previewLeft = left;
    if (const QString lead = index.data(LeadRole).toString(); !lead.isEmpty()) {
        const int leadWidth = option.fontMetrics.horizontalAdvance(lead + QLatin1Char(' '));
        painter->setPen(selected ? theme.selectedText : theme.danger);
        painter->drawText(placed({left, top + lineHeight + 4, leadWidth, lineHeight}),
                          Qt::AlignLeading | Qt::AlignVCenter, lead);
        previewLeft += leadWidth;
    }
    const QRect area = placed({previewLeft, top + lineHeight + 4, previewRight - previewLeft, lineHeight});
    const auto marks = index.data(MarksRole).value<QList<QPoint>>();
    if (marks.isEmpty()) {
        painter->setPen(index.data(IsTypingRole).toBool() && !selected ? theme.accent : faint);
        painter->drawText(area, Qt::AlignLeading | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(preview, Qt::ElideRight, area.width()));
    } else {
        paintLine(*painter, area, preview, marks, faint, selected);
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        // A bar where reading begins: it shows on the row that is open as well as on others.
        painter->fillRect(placed({0, 0, 3, height}), selected ? theme.selectedText : theme.accent);
    }
    painter->restore();
}

} // namespace sotto::app
