// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"
#include "core/messaging/content.h"

namespace sotto::core {

/// Changes how the list keeps a conversation.
Result<ConversationEntry> Client::Private::keep(ConversationKey key,
                                                const std::function<bool(ConversationStore&)>& change) {
    constexpr const char* kDoing = "Changing the list of conversations";
    if (!device) {
        return failure(FailureCode::NotFound, "This profile has no account yet.");
    }
    bool erased = false;
    auto entry = resultOf(device->database.transaction([&]() -> std::optional<ConversationEntry> {
        if (!device->conversations.wireId(key)) {
            return std::nullopt;
        }
        erased = change(device->conversations);
        return device->conversations.entry(key);
    }),
                          kDoing);
    if (!entry) {
        return tl::unexpected(entry.error());
    }
    if (!*entry) {
        return failure(FailureCode::NotFound, "No such conversation.");
    }
    Effects effects;
    effects.erased = erased;
    effects.events.emplace_back(ConversationChanged{key});
    perform(std::move(effects));
    return std::move(**entry);
}

Result<ConversationEntry> Client::setPinned(ConversationKey key, bool isPinned) {
    return d->keep(key, [&](ConversationStore& conversations) {
        conversations.setPinned(key, isPinned);
        return false;
    });
}

Result<ConversationEntry> Client::setArchived(ConversationKey key, bool isArchived) {
    const auto known = conversation(key);
    if (known && isArchived && known->standing != Standing::Accepted) {
        return failure(FailureCode::Invalid,
                       "Archiving failed: requests and the blocked stand apart already. "
                       "Accept the contact first.");
    }
    return d->keep(key, [&](ConversationStore& conversations) {
        conversations.setArchived(key, isArchived);
        return false;
    });
}

Result<ConversationEntry> Client::setMutedUntil(ConversationKey key, std::int64_t until) {
    return d->keep(key, [&](ConversationStore& conversations) {
        conversations.setMutedUntil(key, std::clamp<std::int64_t>(until, 0, kMutedForEver));
        return false;
    });
}

std::optional<Draft> Client::draft(ConversationKey key) const {
    return d->device ? db::attempt([&] { return d->device->conversations.draft(key); }).value_or(std::nullopt)
                     : std::nullopt;
}

Result<ConversationEntry> Client::setDraft(ConversationKey key, const std::string& text,
                                           const std::optional<MessageId>& reply) {
    if (text.size() > kMaxTextBytes || !isValidUtf8(text)) {
        return failure(FailureCode::Invalid, "Keeping the draft failed: a message is at most " +
                                                 std::to_string(kMaxTextBytes) + " bytes of UTF-8.");
    }
    Draft draft;
    draft.text = text;
    draft.at = unixMilliseconds(d->clock.wall());
    if (reply) {
        const auto original = message(*reply);
        if (!original) {
            return tl::unexpected(original.error());
        }
        if (original->conversation != key) {
            return failure(FailureCode::Invalid,
                           "Keeping the draft failed: the message to answer is of another conversation.");
        }
        draft.reply = original->key;
    }
    return d->keep(key, [&](ConversationStore& conversations) {
        if (draft.text.empty() && !draft.reply) {
            return conversations.clearDraft(key);
        }
        const bool hadOne = conversations.draft(key).has_value();
        conversations.setDraft(key, draft);
        return hadOne; // while it is being written the log grows; what was written before goes at once
    });
}

} // namespace sotto::core
