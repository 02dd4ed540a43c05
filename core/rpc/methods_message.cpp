// SPDX-License-Identifier: GPL-3.0-or-later
// msg.*, log
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/target.h"

namespace sotto::rpc {

namespace {

constexpr int kMostMessages = 200; ///< in one page: bounds an answer's size

/// The states a sender can wait for.
std::optional<core::MessageState> awaitedState(const std::string& name) {
    if (name.empty() || name == "queued") {
        return core::MessageState::Queued;
    }
    if (name == "relay") {
        return core::MessageState::Sent;
    }
    if (name == "delivered") {
        return core::MessageState::Delivered;
    }
    if (name == "read") {
        return core::MessageState::Read;
    }
    return std::nullopt;
}

enum class Patience {
    Insist,  ///< an error when the state is not reached in time
    TryOnce, ///< the message as far as it came: at the time-out, or when the relay cannot be reached
};

void waitForState(Session& session, const MessageId& id, core::MessageState target, std::int64_t timeoutMs,
                  Patience patience, Reply reply) {
    Owner& owner = session.owner();
    owner.goOnline();
    const auto current = [&owner, id] { return owner.client().message(id); };
    owner.waitFor(
        session.context(),
        [&owner, current, target, patience]() -> std::optional<Result<QJsonObject>> {
            const auto message = current();
            if (!message) {
                return tl::unexpected(errorOf(message.error()));
            }
            if (message->state == core::MessageState::Failed) {
                return fail(Exit::Locked, "send_failed", "the message cannot be sent: " + message->detail);
            }
            if (message->state >= target) {
                return messageObject(*message);
            }
            if (message->state == core::MessageState::Queued) {
                if (const auto contact = otherMember(owner.client(), message->conversation)) {
                    if (auto changed = keyChangeOf(owner.client(), *contact)) {
                        changed->text = "the message is held: " + changed->text;
                        return tl::unexpected(*changed);
                    }
                }
            }
            if (owner.client().link().state == core::LinkState::Stopped && patience == Patience::Insist) {
                return fail(Exit::Locked, "refused",
                            "the message is stored here and not sent: " + owner.client().link().reason);
            }
            if (patience == Patience::TryOnce && owner.isOfflineForNow()) {
                return messageObject(*message);
            }
            return std::nullopt;
        },
        timeoutMs,
        [&owner, current, patience]() -> Result<QJsonObject> {
            const auto message = current();
            if (!message) {
                return tl::unexpected(errorOf(message.error()));
            }
            if (patience == Patience::TryOnce) {
                return messageObject(*message);
            }
            const std::string reason = owner.client().link().reason;
            auto error = Error{Exit::TimedOut, "timed_out",
                               std::string("the message is stored and will go out, but by now it is only ") +
                                   nameOf(message->state) + (reason.empty() ? "" : " (" + reason + ")"),
                               std::nullopt};
            error.details = {{"message", messageObject(*message)}};
            return tl::unexpected(error);
        },
        std::move(reply));
}

void msgSend(Session& session, const QJsonObject& params, Reply reply) {
    const auto target = awaitedState(textParam(params, "wait"));
    if (!target) {
        reply(fail(Exit::Usage, "bad_params", "--wait takes queued, relay, delivered or read"));
        return;
    }
    core::SendOptions options;
    if (params.contains("id")) {
        options.id = messageIdFrom(textParam(params, "id"));
        if (!options.id) {
            reply(fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits"));
            return;
        }
    }
    if (params.contains("reply")) {
        options.reply = messageIdFrom(textParam(params, "reply"));
        if (!options.reply) {
            reply(fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits"));
            return;
        }
    }
    if (params.contains("expire_s")) {
        const qint64 seconds = params["expire_s"].toInteger();
        if (seconds < 0 || seconds > core::kMaxExpireSeconds) {
            reply(fail(Exit::Usage, "bad_params", "a message disappears after 1 s to 366 days; 0: it stays"));
            return;
        }
        options.expireSeconds = static_cast<std::uint32_t>(seconds);
    }
    const auto styled = styledParam(params);
    if (!styled) {
        reply(tl::unexpected(styled.error()));
        return;
    }
    const std::string& text = styled->text;
    options.styles = styled->styles;
    core::Client& client = session.client();
    const auto conversation = conversationOf(client, textParam(params, "to"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    if (const auto contact = otherMember(client, *conversation)) {
        if (const auto changed = keyChangeOf(client, *contact)) {
            reply(tl::unexpected(*changed));
            return;
        }
    }
    if (params["dry_run"].toBool()) {
        if (text.empty() || text.size() > core::kMaxTextBytes) {
            reply(fail(Exit::Usage, "invalid",
                       "a message has 1 byte to 64 KiB of text; this one has " + std::to_string(text.size()) +
                           " bytes"));
            return;
        }
        QJsonObject plan = objectOf("plan", "send", session.owner().now());
        plan["action"] = "send";
        plan["conversation"] = QString::fromStdString(conversationText(*conversation));
        plan["to"] = params["to"];
        plan["bytes"] = static_cast<qint64>(text.size());
        reply(plan);
        return;
    }
    const auto message = client.sendText(*conversation, text, options);
    if (!message) {
        reply(tl::unexpected(errorOf(message.error())));
        return;
    }
    if (message->state >= *target && message->state != core::MessageState::Failed) {
        reply(messageObject(*message));
        return;
    }
    waitForState(session, message->id, *target, timeoutParam(params).count(), Patience::Insist,
                 std::move(reply));
}

/// Gives a queued message, or what was done to it since, a chance to reach the relay while this process
/// lives.
void msgPush(Session& session, const QJsonObject& params, Reply reply) {
    const auto id = messageIdFrom(textParam(params, "id"));
    if (!id) {
        reply(fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits"));
        return;
    }
    const auto info = session.client().messageInfo(*id);
    if (!info || info->changesWaiting == 0) {
        waitForState(session, *id, core::MessageState::Sent, timeoutParam(params).count(), Patience::TryOnce,
                     std::move(reply));
        return;
    }
    Owner& owner = session.owner();
    owner.goOnline();
    const auto current = [&owner, id]() -> Result<core::MessageInfo> {
        auto now = owner.client().messageInfo(*id);
        return now ? Result<core::MessageInfo>(std::move(*now)) : tl::unexpected(errorOf(now.error()));
    };
    const auto object = [](const core::MessageInfo& now) { return messageInfoObject(now); };
    owner.waitFor(
        session.context(),
        [&owner, current, object]() -> std::optional<Result<QJsonObject>> {
            const auto now = current();
            if (!now || now->changesWaiting == 0 || owner.isOfflineForNow()) {
                return now.map(object);
            }
            return std::nullopt;
        },
        timeoutParam(params).count(), [current, object] { return current().map(object); }, std::move(reply));
}

void log(Session& session, const QJsonObject& params, Reply reply) {
    if (params.contains("before") && params.contains("after")) {
        reply(fail(Exit::Usage, "bad_params", "log takes --before or --after, not both"));
        return;
    }
    const qint64 limit = params.contains("limit") ? params["limit"].toInteger() : 50;
    if (limit < 1 || limit > kMostMessages) {
        reply(fail(Exit::Usage, "bad_params",
                   "log shows 1 to " + std::to_string(kMostMessages) + " messages at once"));
        return;
    }
    const auto conversation = conversationOf(session.client(), textParam(params, "target"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    const bool newer = params.contains("after");
    const auto page = session.client().history(
        *conversation, textParam(params, newer ? "after" : "before"),
        newer ? core::PageDirection::Newer : core::PageDirection::Older, static_cast<std::size_t>(limit));
    if (!page) {
        reply(tl::unexpected(errorOf(page.error())));
        return;
    }
    QJsonArray items;
    for (const core::Message& message : page->messages) {
        items.append(messageObject(message));
    }
    QJsonObject result = objectOf("page", conversationText(*conversation), session.owner().now());
    result["items"] = items;
    result["prev"] = QString::fromStdString(page->before);
    result["next"] = QString::fromStdString(page->after);
    reply(result);
}

} // namespace

std::vector<Method> messageMethods() {
    return {
        {"msg.send",
         "Queues a text; with wait it answers when the message has come that far.",
         {{"to", Kind::Text, true, "@name, account key or c:ID"},
          {"text", Kind::Text, true, "1 byte to 64 KiB of UTF-8"},
          {"format", Kind::Text, false, "plain (default), or markdown for bold, italic, code and links"},
          {"id", Kind::Text, false, "makes the send idempotent"},
          {"reply", Kind::Text, false, "id of the message that it answers"},
          {"expire_s", Kind::Integer, false,
           "it disappears so many seconds after it was read; 0: it stays; default: as agreed"},
          {"wait", Kind::Text, false, "queued (default), relay, delivered or read"},
          {"timeout_ms", Kind::Integer, false, "for wait; default 30000"},
          {"dry_run", Kind::Boolean, false, "only say what would be sent"}},
         "message",
         msgSend},
        {"msg.push",
         "Gives a queued message a chance to reach the relay; answers with how far it came.",
         {{"id", Kind::Text, true, "of the message"},
          {"timeout_ms", Kind::Integer, true, "at most this long"}},
         "message",
         msgPush},
        {"log",
         "A page of a conversation, oldest first; the newest page unless a cursor is given.",
         {{"target", Kind::Text, true, "@name or c:ID"},
          {"before", Kind::Text, false, "a page's prev"},
          {"after", Kind::Text, false, "a page's next, or empty for the oldest page"},
          {"limit", Kind::Integer, false, "1 to 200, default 50"}},
         "page",
         log},
    };
}

} // namespace sotto::rpc
