// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/restoration.h"

#include "core/messaging/device_directory.h"

namespace sotto::core {

void beginNewGeneration(LocalDevice& device, std::uint64_t above, Effects& effects) {
    const std::uint64_t generation = std::max(device.generation(), above) + 1;
    device.settings.set("generation", static_cast<std::int64_t>(generation));
    device.settings.set("generation_raised", device.settings.number("generation_is_new").value_or(0));
    device.settings.set("generation_is_new", std::int64_t{1});
    device.settings.set("prekeys_anew", std::int64_t{1});
    device.settings.set("restored_at", unixMilliseconds(device.clock.wall()));
    for (const DeviceAddress& peer : device.protocol.sessionDevices()) {
        if (const auto retired = device.sessions.retire(peer); !retired) {
            device.throwIfStorage(retired.error());
        }
    }
    for (const MessageKey message : device.outbox.unfixAll()) {
        device.messages.setState(message, MessageState::Queued);
        device.messages.setChain(message, {0, kUnnumbered, {}});
    }
    for (const Contact& contact : device.contacts.all()) {
        if (!contact.accepted) {
            continue;
        }
        device.requests.wantHeads(contact.account);
        if (device.conversations.find(directConversationId(device.address.account, contact.account))) {
            addNotice(
                device, contact.account,
                "This profile was restored from an older copy. What was written since is asked for; what "
                "you sent since then is not here.",
                effects);
        }
    }
    raiseAlarm(
        device, device.address.account,
        "This profile was restored from an older copy, or another copy of it is in use. New keys are used "
        "from now on. If you did not restore it, somebody else may have your data.",
        effects);
    effects.outboxChanged = true;
    effects.askingDue = true;
}

} // namespace sotto::core
