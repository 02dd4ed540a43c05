// SPDX-License-Identifier: GPL-3.0-or-later
// conv.list, conv.keep, conv.draft, conv.typing, privacy, presence, presence.away
#include "core/look_alikes.h"
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/target.h"

namespace sotto::rpc {

namespace {

Result<core::ListPart> partOf(const QJsonObject& params) {
    static const std::map<QString, core::ListPart> kParts = {{"main", core::ListPart::Main},
                                                             {"archive", core::ListPart::Archive},
                                                             {"requests", core::ListPart::Requests},
                                                             {"blocked", core::ListPart::Blocked}};
    const auto found = kParts.find(params.contains("part") ? params["part"].toString() : "main");
    if (found == kParts.end()) {
        return fail(Exit::Usage, "bad_params", "a part of the list is main, archive, requests or blocked");
    }
    return found->second;
}

void convList(Session& session, const QJsonObject& params, Reply reply) {
    constexpr qint64 kMost = 200; // bounds an answer's size
    const qint64 limit = params.contains("limit") ? params["limit"].toInteger() : kMost;
    if (limit < 1 || limit > kMost) {
        reply(fail(Exit::Usage, "bad_params",
                   "conv list shows 1 to " + std::to_string(kMost) + " conversations at once"));
        return;
    }
    const auto part = partOf(params);
    if (!part) {
        reply(tl::unexpected(part.error()));
        return;
    }
    const auto page =
        session.client().conversationPage(textParam(params, "after"), static_cast<std::size_t>(limit), *part);
    if (!page) {
        reply(tl::unexpected(errorOf(page.error())));
        return;
    }
    std::optional<core::LookAlikes> known;
    if (*part == core::ListPart::Requests) {
        known.emplace(session.client().contacts());
    }
    QJsonArray items;
    for (const core::ConversationEntry& entry : page->entries) {
        QJsonObject item = conversationObject(entry);
        const auto other =
            known && entry.members.size() == 1 ? known->of(entry.title, entry.members.front()) : std::nullopt;
        if (other) {
            item["looks_like"] = QString::fromStdString(other->name);
        }
        items.append(item);
    }
    QJsonObject result = objectOf("page", "conversations", session.owner().now());
    result["items"] = items;
    result["prev"] = QString();
    result["next"] = QString::fromStdString(page->next);
    reply(result);
}

void answer(const core::Result<core::ConversationEntry>& entry, const Reply& reply) {
    entry ? reply(conversationObject(*entry)) : reply(tl::unexpected(errorOf(entry.error())));
}

void convKeep(Session& session, const QJsonObject& params, Reply reply) {
    core::Client& client = session.client();
    const auto conversation = conversationOf(client, textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    auto entry = client.conversation(*conversation);
    if (entry && params.contains("pinned")) {
        entry = client.setPinned(*conversation, params["pinned"].toBool());
    }
    if (entry && params.contains("archived")) {
        entry = client.setArchived(*conversation, params["archived"].toBool());
    }
    if (entry && params.contains("mute_ms")) {
        const qint64 span = params["mute_ms"].toInteger();
        entry = client.setMutedUntil(*conversation, span < 0    ? core::kMutedForEver
                                                    : span == 0 ? 0
                                                                : session.owner().now() + span);
    }
    answer(entry, reply);
}

void convExpire(Session& session, const QJsonObject& params, Reply reply) {
    core::Client& client = session.client();
    const auto conversation = conversationOf(client, textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    const qint64 seconds = params["seconds"].toInteger();
    if (seconds < 0 || seconds > core::kMaxExpireSeconds) {
        reply(fail(Exit::Usage, "bad_params", "messages disappear after 1 s to 366 days; 0: they stay"));
        return;
    }
    answer(client.setTimer(*conversation, static_cast<std::uint32_t>(seconds)), reply);
}

void convDraft(Session& session, const QJsonObject& params, Reply reply) {
    core::Client& client = session.client();
    const auto conversation = conversationOf(client, textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    if (!params.contains("text")) {
        answer(client.conversation(*conversation), reply);
        return;
    }
    std::optional<MessageId> replied;
    if (params.contains("reply")) {
        replied = messageIdFrom(textParam(params, "reply"));
        if (!replied) {
            reply(fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits"));
            return;
        }
    }
    answer(client.setDraft(*conversation, textParam(params, "text"), replied), reply);
}

void convTyping(Session& session, const QJsonObject& params, Reply reply) {
    const auto conversation = conversationOf(session.client(), textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    session.client().typing(*conversation, params["typing"].toBool());
    reply(QJsonObject{});
}

std::optional<core::PresenceSharing> sharingFrom(const std::string& name) {
    for (const auto sharing :
         {core::PresenceSharing::Off, core::PresenceSharing::Recently, core::PresenceSharing::Exact}) {
        if (name == nameOf(sharing)) {
            return sharing;
        }
    }
    return std::nullopt;
}

/// Looks at a conversation, and waits a little for what its contact tells.
void presence(Session& session, const QJsonObject& params, Reply reply) {
    Owner& owner = session.owner();
    const auto conversation = conversationOf(session.client(), textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    const auto contact = otherMember(session.client(), *conversation);
    if (!contact) {
        reply(fail(Exit::NotFound, "not_found", "that conversation has no other member"));
        return;
    }
    const auto answer = [&owner, key = *conversation, account = contact->account]() -> Result<QJsonObject> {
        QJsonObject object = presenceObject(key, account, owner.client().presence(account), owner.now());
        object["sharing"] = nameOf(owner.client().presenceSharing());
        return object;
    };
    const bool isKnown = owner.client().presence(contact->account).kind != core::PresenceView::Kind::Unknown;
    if (owner.client().presenceSharing() == core::PresenceSharing::Off) {
        reply(answer());
        return;
    }
    owner.goOnline();
    owner.waitFor(
        session.context(),
        [&owner, answer, isKnown, key = *conversation, account = contact->account,
         hasLooked = false]() mutable -> std::optional<Result<QJsonObject>> {
            const core::LinkState link = owner.client().link().state;
            if (!hasLooked && (link == core::LinkState::Online || link == core::LinkState::Drained)) {
                hasLooked = true;
                owner.client().look(key);
            }
            const bool isThere = owner.client().presence(account).kind != core::PresenceView::Kind::Unknown;
            return (hasLooked && (isKnown || isThere)) || owner.isOfflineForNow() ? std::optional(answer())
                                                                                  : std::nullopt;
        },
        params.contains("timeout_ms") ? timeoutParam(params).count() : 0, answer, std::move(reply));
}

void presenceAway(Session& session, const QJsonObject&, Reply reply) {
    session.client().away();
    reply(QJsonObject{});
}

/// What is given is changed; answers with all of it.
void privacy(Session& session, const QJsonObject& params, Reply reply) {
    core::Client& client = session.client();
    QJsonObject object = objectOf("privacy", "privacy", session.owner().now());
    for (const auto& [name, setting] : {std::pair("read_receipts", core::PrivacySetting::ReadReceipts),
                                        std::pair("typing", core::PrivacySetting::Typing)}) {
        if (params.contains(name)) {
            if (const auto done = client.setAllowed(setting, params[name].toBool()); !done) {
                reply(tl::unexpected(errorOf(done.error())));
                return;
            }
        }
        object[name] = client.isAllowed(setting);
    }
    if (params.contains("presence")) {
        const auto sharing = sharingFrom(textParam(params, "presence"));
        const auto done = sharing ? client.setPresenceSharing(*sharing) : core::Result<void>();
        if (!sharing || !done) {
            reply(sharing ? tl::unexpected(errorOf(done.error()))
                          : fail(Exit::Usage, "bad_params", "presence is off, recently or exact"));
            return;
        }
    }
    object["presence"] = nameOf(client.presenceSharing());
    reply(object);
}

} // namespace

std::vector<Method> conversationMethods() {
    return {
        {"conv.list",
         "A page of the conversation list, pinned ones first, then newest first.",
         {{"after", Kind::Text, false, "a page's next: what comes below"},
          {"limit", Kind::Integer, false, "1 to 200, default 200"},
          {"part", Kind::Text, false,
           "main (default), archive, requests (of strangers) or blocked: each conversation is in one"}},
         "page",
         convList},
        {"conv.keep",
         "How the list keeps a conversation, on this device only; answers with its line.",
         {{"target", Kind::Text, true, "@name or c:ID"},
          {"pinned", Kind::Boolean, false, "above the others"},
          {"archived", Kind::Boolean, false, "in the archive until something new comes"},
          {"mute_ms", Kind::Integer, false, "no notifications for so long; 0: not muted; below 0: for ever"}},
         "conversation",
         convKeep},
        {"conv.expire",
         "How long new messages of both sides stay after they were read; says so to the other side.",
         {{"target", Kind::Text, true, "@name or c:ID"},
          {"seconds", Kind::Integer, true, "1 s to 366 days; 0: they stay"}},
         "conversation",
         convExpire},
        {"conv.draft",
         "The draft of a conversation; with text it is replaced, with an empty text it goes.",
         {{"target", Kind::Text, true, "@name or c:ID"},
          {"text", Kind::Text, false, "at most 64 KiB of UTF-8"},
          {"reply", Kind::Text, false, "id of the message that it answers"}},
         "conversation",
         convDraft},
        {"conv.typing",
         "A key was pressed in a conversation, or (false) its text was sent or given up.",
         {{"target", Kind::Text, true, "@name or c:ID"}, {"typing", Kind::Boolean, true, "false: over"}},
         "none",
         convTyping},
        {"privacy",
         "What others are told beside messages; what is given is changed.",
         {{"read_receipts", Kind::Boolean, false, "that a message was read"},
          {"typing", Kind::Boolean, false, "that something is being written"},
          {"presence", Kind::Text, false, "off, recently (default) or exact"}},
         "privacy",
         privacy},
        {"presence",
         "Somebody looks at a conversation: its contact hears of it as far as both share it; answers with "
         "what "
         "is known of theirs.",
         {{"target", Kind::Text, true, "@name or c:ID"},
          {"timeout_ms", Kind::Integer, false, "waits so long for something to be known; default 0"}},
         "presence",
         presence},
        {"presence.away", "Nobody looks any more.", {}, "none", presenceAway},
    };
}

} // namespace sotto::rpc
