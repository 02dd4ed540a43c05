// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"

namespace sotto::core {

bool Client::isAllowed(PrivacySetting setting) const {
    return db::attempt(
               [&] { return SettingStore(d->profile.database()).number(nameOf(setting)).value_or(1) != 0; })
        .value_or(false);
}

Result<void> Client::setAllowed(PrivacySetting setting, bool isAllowed) {
    return resultOf(d->profile.database().transaction([&] {
        SettingStore(d->profile.database()).set(nameOf(setting), std::int64_t{isAllowed});
        if (setting == PrivacySetting::ReadReceipts && !isAllowed && d->device) {
            d->device->outbox.tellNoReading(); // what is owed already, too
        }
    }),
                    "Changing what others are told");
}

void Client::typing(ConversationKey conversation, bool isTyping) {
    if (d->connection) {
        d->connection->typing(conversation, isTyping);
    }
}

bool Client::isTyping(ConversationKey conversation, const AccountId& account) const {
    return d->connection && d->connection->isTyping(conversation, account);
}

} // namespace sotto::core
