// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What can be done with a conversation in the list, as a menu. Deletes itself when it is closed.

#include "core/types/contact.h"

#include <QMenu>

namespace sotto::app {

class ConversationMenu final : public QMenu {
    Q_OBJECT

public:
    ConversationMenu(const core::ConversationEntry& entry, QWidget* parent);

signals:
    void pinWanted(bool isPinned);
    void muteWanted(qint64 until); ///< as core::ConversationEntry::mutedUntil
    void archiveWanted(bool isArchived);
    void timerWanted(quint32 seconds); ///< as core::ConversationEntry::expireSeconds
    void readWanted();
    void acceptWanted();
    void blockWanted();
};

} // namespace sotto::app
