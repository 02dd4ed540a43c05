// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/receipts.h"

#include "core/messaging/send_state.h"

#include <algorithm>

namespace sotto::core {

void applyReceipts(LocalDevice& device, const AccountId& from, const ReceiptsBody& body, Effects& effects) {
    const bool showsReading = device.isAllowed(PrivacySetting::ReadReceipts);
    for (auto receipt : body.receipts) {
        receipt.state = showsReading ? receipt.state : MessageState::Delivered;
        const auto message = device.messages.own(device.address.account, receipt.message);
        const auto kind = message ? message->kind : MessageKind::Notice;
        if (kind != MessageKind::Text && kind != MessageKind::Deleted && kind != MessageKind::Expired) {
            continue;
        }
        const auto members = device.conversations.members(message->conversation);
        if (std::find(members.begin(), members.end(), from) == members.end()) {
            continue; // a receipt for what they never got (case 26)
        }
        const bool all = device.messages.confirm(message->key, from, receipt.state,
                                                 unixMilliseconds(device.clock.wall()), members.size());
        const auto event = receipt.state == MessageState::Read ? SendEvent::Read : SendEvent::Delivered;
        const auto state = all ? next(message->state, event) : std::nullopt;
        if (state) {
            if (message->state < MessageState::Delivered) {
                device.counters.queuedToDelivered.add(
                    Milliseconds(unixMilliseconds(device.clock.wall()) - message->sentAt));
            }
            device.messages.setState(message->key, *state);
            effects.events.emplace_back(MessageChanged{*device.messages.byKey(message->key)});
        }
    }
}

} // namespace sotto::core
