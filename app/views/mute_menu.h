// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How long nothing is to be heard of a conversation, as a menu of choices.

#include <QMenu>

namespace sotto::app {

class MuteMenu final : public QMenu {
    Q_OBJECT

public:
    explicit MuteMenu(QWidget* parent);

signals:
    void wanted(qint64 until); ///< as core::ConversationEntry::mutedUntil
};

} // namespace sotto::app
