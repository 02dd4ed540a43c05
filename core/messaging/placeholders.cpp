// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/placeholders.h"

#include "core/base/mutant.h"
#include "core/types/cause.h"

namespace sotto::core {

/// A send has one header for a device. With the true one here, whatever else bore its id was spoilt on the
/// way.
void Placeholders::releaseCopies(const Mail& mail, Effects& effects) {
    for (const KeptMail& copy : m_device.mailbox.kept(mail.sender, mail.sendId)) {
        remove(copy.message, effects);
    }
}

void Placeholders::remove(MessageKey key, Effects& effects) {
    m_device.mailbox.release(key);
    const auto line = m_device.messages.byKey(key);
    if (line && line->kind == MessageKind::Placeholder) {
        m_device.messages.remove(key);
        effects.events.emplace_back(MessageRemoved{line->conversation, key});
    }
}

bool Placeholders::keep(const Mail& mail, const HeaderHash& hash, KeptMail kept, PlaceholderCause cause,
                        Effects& effects) {
    if (mutated(Mutant::PlaceholderDropped)) {
        return false;
    }
    // Only devices that stand in a verified list of somebody known are worth the space (PROTOCOL: Receiving).
    const bool known =
        mail.sender.account != m_device.address.account &&
        (m_directory.list(mail.sender.account) || m_device.contacts.byAccount(mail.sender.account));
    if (!known || !m_device.mailbox.mayKeep(mail.sender) ||
        m_device.contacts.isBlocked(mail.sender.account)) {
        // Only counted. Not noted as dealt with: the label may be false, and the true mail still to come.
        m_device.mailbox.countRefused(mail.sender, m_device.clock.wall());
        return false;
    }
    const Contact contact = m_directory.contactOf(mail.sender.account, effects);
    Message line;
    line.id = *MessageId::from(hash.view().first(MessageId::kSize)); // until the true id is known
    line.conversation = m_device.conversations.direct(m_device.address.account, mail.sender.account);
    line.kind = MessageKind::Placeholder;
    line.cause = cause;
    line.sender = mail.sender.account;
    line.senderDevice = mail.sender.device;
    line.senderName = contact.name;
    line.isRequest = !contact.accepted;
    line.stamp = mail.stamp;
    line.sentAt = milliseconds(mail.stamp);
    line.receivedAt = unixMilliseconds(m_device.clock.wall());
    line.unread = true;
    m_device.messages.add(line, {});
    kept.message = line.key;
    kept.sender = mail.sender;
    kept.sendId = mail.sendId;
    kept.stamp = mail.stamp;
    kept.header = mail.header;
    kept.payload = mail.payload;
    m_device.mailbox.keep(kept, hash);
    effects.events.emplace_back(MessageAdded{line});
    effects.askingDue |= isAskedFor(cause);
    if (cause == PlaceholderCause::RatchetReused) {
        raiseAlarm(
            m_device, mail.sender.account,
            "@" + contact.name +
                " used an encryption key twice: their device may have been restored from an older copy.",
            effects);
    }
    return true;
}

} // namespace sotto::core
