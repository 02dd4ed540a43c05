// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/line_label.h"

#include <QPainter>
#include <QStyle>

namespace sotto::app {

LineLabel::LineLabel(QWidget* parent)
    : QLabel(parent) {
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

void LineLabel::paintEvent(QPaintEvent*) {
    // A label of Qt's stands where its own script begins: a Latin name on the left of a window that is read
    // from the right.
    const bool fromRight = layoutDirection() == Qt::RightToLeft;
    const int flags = (fromRight ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute | Qt::AlignVCenter |
                      Qt::TextSingleLine |
                      (text().isRightToLeft() ? Qt::TextForceRightToLeft : Qt::TextForceLeftToRight);
    QPainter painter(this);
    const QRect area = contentsRect();
    style()->drawItemText(&painter, area, flags, palette(), isEnabled(),
                          fontMetrics().elidedText(text(), Qt::ElideRight, area.width()), foregroundRole());
}

} // namespace sotto::app
