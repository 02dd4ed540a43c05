// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/acceptance.h"

namespace sotto::core {

void acceptMembers(LocalDevice& device, ConversationKey conversation, Effects& effects) {
    for (const AccountId& member : device.conversations.members(conversation)) {
        const auto contact = device.contacts.byAccount(member);
        if (contact && !contact->accepted) {
            device.contacts.setAccepted(contact->key);
            effects.events.emplace_back(ContactChanged{*device.contacts.byKey(contact->key)});
            effects.events.emplace_back(ConversationChanged{conversation});
        }
    }
}

} // namespace sotto::core
