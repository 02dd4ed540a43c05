// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/timers.h"

#include "core/messaging/acceptance.h"

#include <algorithm>

namespace sotto::core {

/// Of changes with nothing said between them only the last has a line: nobody fills a history with them.
void Timers::removeLineBefore(const Message& line, Effects& effects) {
    constexpr std::size_t kLookedAt = 5;
    const auto newest = m_device.messages.page(line.conversation, {}, true, kLookedAt).messages;
    const auto said = std::find_if(newest.rbegin(), newest.rend(), [](const Message& message) {
        return message.timer || (message.kind != MessageKind::Notice && message.kind != MessageKind::Gap);
    });
    if (said != newest.rend() && said->timer && said->sender == line.sender && !said->outgoing) {
        m_device.expiry.removeChange(said->key);
        m_device.messages.remove(said->key);
        effects.events.emplace_back(MessageRemoved{line.conversation, said->key});
    }
}

void Timers::received(Message line, const TimerBody& body, const ChainPosition& chain,
                      const std::optional<MessageKey>& placeholder, Effects& effects) {
    const TimerChange change{body.revision, {line.sender, line.senderDevice}, line.id, body.seconds};
    const auto known = m_device.expiry.timer(line.conversation);
    if (body.revision > (known ? known->revision : 0) + kMostAhead ||
        (known && !change.countsAgainst(*known))) {
        return;
    }
    m_device.expiry.setTimer(line.conversation, change);
    if (body.seconds == (known ? known->seconds : 0)) {
        return;
    }
    removeLineBefore(line, effects);
    if (placeholder) {
        m_device.mailbox.release(*placeholder);
        line.key = m_device.messages.fill(*placeholder, line, chain);
        effects.events.emplace_back(MessageRemoved{line.conversation, *placeholder});
    } else {
        m_device.messages.add(line, chain);
    }
    m_device.expiry.addChange(line.key, change);
    effects.events.emplace_back(MessageAdded{*m_device.messages.byKey(line.key)});
    effects.events.emplace_back(ConversationChanged{line.conversation});
}

Expected<void, db::Error> Timers::set(ConversationKey conversation, std::uint32_t seconds, Effects& effects) {
    return m_device.database.transaction([&] {
        const auto known = m_device.expiry.timer(conversation);
        if (seconds == (known ? known->seconds : 0)) {
            return;
        }
        Message line;
        line.id = m_device.random.next<MessageId>();
        line.conversation = conversation;
        line.kind = MessageKind::Notice;
        line.state = MessageState::Queued;
        line.outgoing = true;
        line.sender = m_device.address.account;
        line.senderDevice = m_device.address.device;
        line.sentAt = line.receivedAt = unixMilliseconds(m_device.clock.wall());
        m_device.messages.add(line, {0, kUnnumbered, Digest{}});
        const TimerChange change{(known ? known->revision : 0) + 1, m_device.address, line.id, seconds};
        m_device.expiry.addChange(line.key, change);
        m_device.expiry.setTimer(conversation, change);
        m_device.outbox.add(conversation, line.key);
        acceptMembers(m_device, conversation, effects);
        effects.events.emplace_back(MessageAdded{*m_device.messages.byKey(line.key)});
        effects.events.emplace_back(ConversationChanged{conversation});
        effects.outboxChanged = true;
    });
}

} // namespace sotto::core
