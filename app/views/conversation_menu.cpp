// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_menu.h"

#include "app/views/timer_menu.h"

#include <QDateTime>

namespace sotto::app {
namespace {

constexpr qint64 kHourMs = 3'600'000;

} // namespace

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
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        if (entry.mutedUntil > now) {
            addAction(tr("Unmute"), this, [this] { emit muteWanted(0); });
        } else {
            QMenu* const mute = addMenu(tr("Mute"));
            mute->addAction(tr("For an hour"), this, [this, now] { emit muteWanted(now + kHourMs); });
            mute->addAction(tr("For eight hours"), this, [this, now] { emit muteWanted(now + 8 * kHourMs); });
            mute->addAction(tr("For a week"), this, [this, now] { emit muteWanted(now + 7 * 24 * kHourMs); });
            mute->addAction(tr("Until I change it"), this, [this] { emit muteWanted(core::kMutedForEver); });
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
