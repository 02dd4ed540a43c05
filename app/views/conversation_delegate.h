// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How a row of a list of conversations, contacts or found messages looks: avatar, title, time, a line below,
/// a badge.

#include <QStyledItemDelegate>

namespace sotto::app {

class ConversationDelegate final : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
};

void paintAvatar(QPainter& painter, const QRectF& area, const QString& name, const QByteArray& identity);

} // namespace sotto::app
