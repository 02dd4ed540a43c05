// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What should happen after a commit. May be lost or repeated: whatever must happen is a row.

#include "core/messaging/content.h"
#include "core/types/event.h"

#include <set>

namespace sotto::core {

struct Effects {
    std::vector<Event> events;
    std::set<AccountId> listsWanted;  ///< accounts whose newest list should be asked for
    std::set<AccountId> listsChanged; ///< accounts with a newer list: mail kept for want of it may open now
    bool outboxChanged = false;
    bool receiptsDue = false;
    bool gapsNoticed = false;                       ///< something is missing that may still come by itself
    bool askingDue = false;                         ///< authors should be asked for what could not be read
    bool erased = false;                            ///< something was deleted: no log is to keep it
    std::vector<std::pair<AccountId, bool>> typing; ///< who says that they are, or not any more
    std::vector<std::pair<AccountId, PresenceBody>> presence; ///< who tells whether they are there
    bool turnsDue = false; ///< a contact's device should be told how far both sides are

    void add(Effects&& other) {
        events.insert(events.end(), std::make_move_iterator(other.events.begin()),
                      std::make_move_iterator(other.events.end()));
        listsWanted.merge(other.listsWanted);
        listsChanged.merge(other.listsChanged);
        outboxChanged |= other.outboxChanged;
        receiptsDue |= other.receiptsDue;
        gapsNoticed |= other.gapsNoticed;
        askingDue |= other.askingDue;
        turnsDue |= other.turnsDue;
        erased |= other.erased;
        presence.insert(presence.end(), other.presence.begin(), other.presence.end());
        typing.insert(typing.end(), other.typing.begin(), other.typing.end());
    }
};

} // namespace sotto::core
