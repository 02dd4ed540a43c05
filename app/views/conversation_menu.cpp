// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_menu.h"

#include "app/views/mute_menu.h"
#include "app/views/timer_menu.h"

#include <QDateTime>

namespace sotto::app {
ConversationMenu::ConversationMenu(const core::ConversationEntry& entry, QWidget* parent)
    : QMenu(parent) {
    setAttribute(Qt::WA_DeleteOnClose);
    if (entry.unread > 0) {
        addAction(tr("Mark as read"), this, &ConversationMenu::readWanted);
    }
    switch (entry.standing) {
    case core::Standing::Request:
        addAction(tr("Accept"), this, &ConversationMenu::acceptWanted);
        break;
    case core::Standing::Blocked:
        addAction(tr("Unblock"), this, &ConversationMenu::acceptWanted);
        return;
    case core::Standing::Accepted: {
        const bool isPinned = entry.isPinned;
        const bool isArchived = entry.isArchived;
        addAction(isPinned ? tr("Unpin") : tr("Pin"), this, [this, isPinned] { emit pinWanted(!isPinned); });
        if (entry.mutedUntil > QDateTime::currentMSecsSinceEpoch()) {
            addAction(tr("Unmute"), this, [this] { emit muteWanted(0); });
        } else {
            auto* const mute = new MuteMenu(this);
            connect(mute, &MuteMenu::wanted, this, &ConversationMenu::muteWanted);
            addMenu(mute);
        }
        auto* const timer = new TimerMenu(entry.expireSeconds, this);
        connect(timer, &TimerMenu::wanted, this, &ConversationMenu::timerWanted);
        addMenu(timer);
        addAction(isArchived ? tr("Back to the list") : tr("Archive"), this,
                  [this, isArchived] { emit archiveWanted(!isArchived); });
        break;
    }
    }
    addSeparator();
    addAction(tr("Block…"), this, &ConversationMenu::blockWanted);
}

} // namespace sotto::app
