// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/deletion.h"

#include "core/messaging/content.h"
#include "core/messaging/send_state.h"
#include "core/storage/indexed_text_store.h"

namespace sotto::core {
namespace {

bool repairs(const Body& body, const Message& message) {
    const auto* repair = std::get_if<RepairBody>(&body);
    if (repair == nullptr || repair->content.empty()) {
        return false;
    }
    const auto content = decodeContent(repair->content);
    return content && content->message == message.id &&
           content->sender == DeviceAddress{message.sender, message.senderDevice};
}

/// Whoever asked for it once more got its text in a content of its own.
void eraseRepairs(LocalDevice& device, const Message& message) {
    for (const OutboxStore::Invisible& sent : device.outbox.invisible()) {
        if (sent.row) {
            const auto body = decodeBody(sent.body);
            if (body && repairs(*body, message)) {
                device.outbox.remove(sent);
            }
        } else if (const auto content = decodeContent(sent.content);
                   content && repairs(content->body, message)) {
            device.outbox.remove(sent);
        }
    }
}

} // namespace

Message eraseMessage(LocalDevice& device, const Message& message, Effects& effects) {
    IndexedTextStore(device.database).remove(message.key);
    if (message.outgoing) {
        if (device.requests.resendsOf(message.key) > 0) {
            eraseRepairs(device, message);
        }
        const bool neverSealed = device.outbox.eraseContent(message.key);
        const auto failed = neverSealed ? next(message.state, SendEvent::GivenUp) : std::nullopt;
        if (failed) {
            device.messages.setState(message.key, *failed);
            device.messages.placeAtEnd(message.key);
        }
    }
    device.messages.erase(message.key);
    device.conversations.forgetPreview(message.conversation, message.text);
    const auto left = device.messages.byKey(message.key);
    effects.events.emplace_back(MessageChanged{*left});
    return *left;
}

} // namespace sotto::core
