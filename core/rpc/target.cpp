// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/target.h"

#include "core/rpc/objects.h"
#include "crypto/safety_number.h"

namespace sotto::rpc {

Result<core::ConversationKey> conversationOf(core::Client& client, const std::string& target) {
    if (target.starts_with("c:")) {
        const auto key = core::conversationFrom(target);
        if (!key || !client.conversation(*key)) {
            return fail(Exit::NotFound, "not_found",
                        "there is no conversation " + target + ": see `sotto conv list`");
        }
        return *key;
    }
    if (target == "me") {
        return fail(Exit::NotFound, "not_found",
                    "this account has no second device, so there is nobody at 'me' to write to");
    }
    const auto contact = client.findContact(target);
    if (!contact) {
        return tl::unexpected(errorOf(contact.error()));
    }
    const auto conversation = client.conversationWith(contact->key);
    if (!conversation) {
        return tl::unexpected(errorOf(conversation.error()));
    }
    return *conversation;
}

std::optional<core::Contact> otherMember(core::Client& client, core::ConversationKey conversation) {
    const auto entry = client.conversation(conversation);
    if (!entry || entry->members.size() != 1) {
        return std::nullopt;
    }
    for (const core::Contact& contact : client.contacts()) {
        if (contact.account == entry->members.front()) {
            return contact;
        }
    }
    return std::nullopt;
}

std::optional<Error> keyChangeOf(core::Client& client, const core::Contact& contact) {
    const auto own = client.account();
    if (!contact.changedTo || !own) {
        return std::nullopt;
    }
    const std::string before = crypto::SafetyNumber(own->account, contact.account).grouped();
    const std::string after = crypto::SafetyNumber(own->account, *contact.changedTo).grouped();
    Error error{Exit::NotTrusted, "key_changed",
                "nothing was sent: @" + contact.name + "'s account key has changed (safety number was " +
                    before + ", now " + after + "); compare with them, then `sotto contact trust @" +
                    contact.name + "`",
                std::nullopt};
    error.details = {{"safety_number_before", QString::fromStdString(before)},
                     {"safety_number_now", QString::fromStdString(after)}};
    return error;
}

} // namespace sotto::rpc
