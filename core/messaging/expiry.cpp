// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/expiry.h"

#include "core/messaging/deletion.h"

namespace sotto::core {

Expected<bool, db::Error> expireSome(LocalDevice& device, Effects& effects) {
    constexpr std::size_t kAtOnce = 50; // some tens of milliseconds
    Effects own;
    auto more = device.database.transaction([&] {
        const auto due = device.expiry.due(unixMilliseconds(device.expiryClock.now()), kAtOnce);
        for (const MessageKey key : due) {
            const auto message = device.messages.byKey(key);
            if (message && isErasable(message->kind)) {
                eraseMessage(device, *message, own, MessageKind::Expired);
                own.events.emplace_back(MessageRemoved{message->conversation, key});
                own.erased = true;
            } else {
                device.expiry.remove(key);
            }
        }
        return due.size() == kAtOnce;
    });
    if (more) {
        effects.add(std::move(own));
    }
    return more;
}

} // namespace sotto::core
