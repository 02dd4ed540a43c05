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

PresenceSharing Client::presenceSharing() const {
    return db::attempt(
               [&] { return sharingOf(SettingStore(d->profile.database()).number(kPresenceSetting)); })
        .value_or(PresenceSharing::Off);
}

Result<void> Client::setPresenceSharing(PresenceSharing sharing) {
    if (sharing == presenceSharing()) {
        return {};
    }
    auto done = resultOf(d->profile.database().transaction([&] {
        SettingStore(d->profile.database()).set(kPresenceSetting, static_cast<std::int64_t>(sharing));
    }),
                         "Changing what others are told");
    if (done && d->connection) {
        d->connection->sharingChanged();
    }
    return done;
}

void Client::look(ConversationKey conversation) {
    if (d->connection) {
        d->connection->look(conversation);
    }
}

void Client::away() {
    if (d->connection) {
        d->connection->away();
    }
}

PresenceView Client::presence(const AccountId& account) const {
    return d->connection ? d->connection->presence(account) : PresenceView();
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
