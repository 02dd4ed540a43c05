// SPDX-License-Identifier: GPL-3.0-or-later
// msg.edit, msg.react, msg.delete, msg.info
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/target.h"

namespace sotto::rpc {

namespace {

Result<core::MessageInfo> infoOf(Session& session, const QJsonObject& params) {
    const auto id = messageIdFrom(textParam(params, "id"));
    if (!id) {
        return fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits");
    }
    auto info = session.client().messageInfo(*id);
    if (!info) {
        return tl::unexpected(errorOf(info.error()));
    }
    return std::move(*info);
}

/// The message that others are to hear something about.
Result<core::Message> messageToAmend(Session& session, const QJsonObject& params) {
    const auto info = infoOf(session, params);
    if (!info) {
        return tl::unexpected(info.error());
    }
    if (const auto contact = otherMember(session.client(), info->message.conversation)) {
        if (const auto changed = keyChangeOf(session.client(), *contact)) {
            return tl::unexpected(*changed);
        }
    }
    return info->message;
}

void answer(Session& session, const core::Result<core::Message>& message, const Reply& reply) {
    if (!message) {
        reply(tl::unexpected(errorOf(message.error())));
        return;
    }
    const auto info = session.client().messageInfo(message->id);
    info ? reply(messageInfoObject(*info)) : reply(tl::unexpected(errorOf(info.error())));
}

void msgEdit(Session& session, const QJsonObject& params, Reply reply) {
    const auto message = messageToAmend(session, params);
    if (!message) {
        reply(tl::unexpected(message.error()));
        return;
    }
    const auto text = styledParam(params);
    if (!text) {
        reply(tl::unexpected(text.error()));
        return;
    }
    answer(session, session.client().editMessage(message->id, text->text, text->styles), reply);
}

void msgReact(Session& session, const QJsonObject& params, Reply reply) {
    const auto message = messageToAmend(session, params);
    if (!message) {
        reply(tl::unexpected(message.error()));
        return;
    }
    const std::string emoji = textParam(params, "emoji");
    if (!params["remove"].toBool()) {
        if (emoji.empty()) {
            reply(fail(Exit::Usage, "bad_params", "msg.react takes an emoji, or remove"));
            return;
        }
        answer(session, session.client().react(message->id, emoji), reply);
        return;
    }
    const auto self = session.client().account();
    const auto own = std::find_if(message->reactions.begin(), message->reactions.end(),
                                  [&](const auto& reaction) { return self && reaction.by == self->account; });
    if (!emoji.empty() && own != message->reactions.end() && own->emoji != emoji) {
        reply(fail(Exit::Usage, "invalid", "taking back failed: your reaction there is another one"));
        return;
    }
    answer(session, session.client().react(message->id, {}), reply);
}

void msgDelete(Session& session, const QJsonObject& params, Reply reply) {
    if (params["everyone"].toBool()) {
        const auto message = messageToAmend(session, params);
        if (!message) {
            reply(tl::unexpected(message.error()));
            return;
        }
        answer(session, session.client().deleteForEveryone(message->id), reply);
        return;
    }
    const auto id = messageIdFrom(textParam(params, "id"));
    if (!id) {
        reply(fail(Exit::Usage, "bad_id", "a message id is msg_ and 32 hex digits"));
        return;
    }
    const auto left = session.client().deleteMessage(*id);
    left ? reply(messageObject(*left)) : reply(tl::unexpected(errorOf(left.error())));
}

void msgInfo(Session& session, const QJsonObject& params, Reply reply) {
    const auto info = infoOf(session, params);
    info ? reply(messageInfoObject(*info)) : reply(tl::unexpected(info.error()));
}

} // namespace

std::vector<Method> amendmentMethods() {
    return {
        {"msg.edit",
         "Gives an own message another text, here and wherever it is.",
         {{"id", Kind::Text, true, "of the message"},
          {"text", Kind::Text, true, "1 byte to 64 KiB of UTF-8"},
          {"format", Kind::Text, false, "plain (default), or markdown for bold, italic, code and links"}},
         "message",
         msgEdit},
        {"msg.react",
         "Puts one's one sign under a message, in place of the one before.",
         {{"id", Kind::Text, true, "of the message"},
          {"emoji", Kind::Text, false, "one emoji or other sign"},
          {"remove", Kind::Boolean, false, "take it back instead"}},
         "message",
         msgReact},
        {"msg.delete",
         "Deletes a message on this device, or everywhere; answers with the line that is left.",
         {{"id", Kind::Text, true, "of the message"},
          {"everyone", Kind::Boolean, false, "an own one: wherever it is"}},
         "message",
         msgDelete},
        {"msg.info",
         "What became of a message: its texts, who has it, who thinks what of it.",
         {{"id", Kind::Text, true, "of the message"}},
         "message",
         msgInfo},
        {"msg.show",
         "All that is known of one message.",
         {{"id", Kind::Text, true, "of the message"}},
         "message",
         msgInfo},
    };
}

} // namespace sotto::rpc
