// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/deletion.h"

#include "core/messaging/content.h"
#include "core/messaging/send_state.h"
#include "core/storage/indexed_text_store.h"

namespace sotto::core {
namespace {

/// Whether an own content says something of the message: its text, or a sign under it.
bool tellsOf(const Content& content, const Message& message, const LocalDevice& device) {
    const MessageName name{{message.sender, message.senderDevice}, message.id};
    if (const auto* edit = std::get_if<EditBody>(&content.body)) {
        return edit->target == name;
    }
    if (const auto* reaction = std::get_if<ReactionBody>(&content.body)) {
        return reaction->target == name;
    }
    return MessageName{content.sender, content.message} == name && content.sender == device.address;
}

bool repairs(const Body& body, const Message& message, const LocalDevice& device) {
    const auto* repair = std::get_if<RepairBody>(&body);
    if (repair == nullptr || repair->content.empty()) {
        return false;
    }
    const auto content = decodeContent(repair->content);
    return content && tellsOf(*content, message, device);
}

/// Whoever asked for it once more got its text in a content of its own.
void eraseRepairs(LocalDevice& device, const Message& message) {
    for (const OutboxStore::Invisible& sent : device.outbox.invisible()) {
        if (sent.row) {
            const auto body = decodeBody(sent.body);
            if (body && repairs(*body, message, device)) {
                device.outbox.remove(sent);
            }
        } else if (const auto content = decodeContent(sent.content);
                   content && repairs(content->body, message, device)) {
            device.outbox.remove(sent);
        }
    }
}

/// Of edits and reactions of one's own nothing is left but their numbers. A deletion stays: it says nothing.
void eraseOwnAmendments(LocalDevice& device, const Message& message) {
    for (const OwnAmendment& own : device.amendments.ownOf(message.key)) {
        if (own.kind == AmendmentKind::Deletion) {
            continue;
        }
        if (device.outbox.removeUnsealed(own.key)) {
            device.amendments.removeOwn(own.key);
        } else {
            device.amendments.eraseOwn(own.key);
        }
    }
}

} // namespace

void forgetQuotes(LocalDevice& device, const MessageName& original, Effects& effects) {
    for (const MessageKey answer : device.quotes.forget(original)) {
        if (device.requests.resendsOf(answer) > 0) {
            eraseRepairs(device, *device.messages.byKey(answer));
        }
        effects.events.emplace_back(MessageChanged{*device.messages.byKey(answer), true});
    }
}

Message eraseMessage(LocalDevice& device, const Message& message, Effects& effects, MessageKind kind) {
    IndexedTextStore(device.database).remove(message.key);
    if (device.requests.wasAnythingResentOf(message.key)) {
        eraseRepairs(device, message);
    }
    eraseOwnAmendments(device, message);
    device.amendments.erase(message.key);
    if (message.outgoing) {
        const bool neverSealed = device.outbox.eraseContent(message.key);
        const auto failed = neverSealed ? next(message.state, SendEvent::GivenUp) : std::nullopt;
        if (failed) {
            device.messages.setState(message.key, *failed);
            device.messages.placeAtEnd(message.key);
        }
    }
    device.quotes.erase(message.key);
    device.expiry.remove(message.key);
    if (message.timer) {
        device.expiry.removeChange(message.key);
    }
    device.conversations.forgetAnswered(message.conversation, message.key);
    device.messages.erase(message.key, kind);
    forgetQuotes(device, {{message.sender, message.senderDevice}, message.id}, effects);
    device.conversations.forgetPreview(message.conversation, message.text);
    const auto left = device.messages.byKey(message.key);
    effects.events.emplace_back(MessageChanged{*left});
    return *left;
}

} // namespace sotto::core
