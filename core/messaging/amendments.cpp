// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/amendments.h"

#include "core/base/mutant.h"
#include "core/messaging/acceptance.h"
#include "core/messaging/deletion.h"
#include "core/storage/indexed_text_store.h"
#include "core/text/grapheme.h"

namespace sotto::core {
namespace {

MessageName nameOf(const Message& message) {
    return {{message.sender, message.senderDevice}, message.id};
}

Amendment amendmentOf(const Content& content) {
    Amendment amendment;
    amendment.sender = content.sender;
    amendment.generation = content.generation;
    amendment.seq = content.seq;
    amendment.sentAt = content.sentAt;
    if (const auto* edit = std::get_if<EditBody>(&content.body)) {
        amendment.kind = AmendmentKind::Edit;
        amendment.target = edit->target;
        amendment.revision = edit->revision;
        amendment.text = edit->text;
        amendment.styles = edit->styles;
    } else if (const auto* deletion = std::get_if<DeletionBody>(&content.body)) {
        amendment.kind = AmendmentKind::Deletion;
        amendment.target = deletion->target;
    } else if (const auto* reaction = std::get_if<ReactionBody>(&content.body)) {
        amendment.kind = AmendmentKind::Reaction;
        amendment.target = reaction->target;
        amendment.revision = reaction->revision;
        amendment.text = reaction->emoji;
    }
    return amendment;
}

} // namespace

bool Amendments::isAnyEarly() {
    if (!m_isAnyEarly) {
        m_isAnyEarly = m_device.amendments.isAnyEarly();
    }
    return *m_isAnyEarly;
}

void Amendments::received(const Content& content, ConversationKey conversation, Effects& effects) {
    const Amendment amendment = amendmentOf(content);
    const AccountId& author = amendment.target.sender.account;
    const bool isOfSender = author == amendment.sender.account;
    if (amendment.kind == AmendmentKind::Reaction) {
        // What is no single sign to this program is shown nowhere: it may be one to a later one.
        if ((!isOfSender && author != m_device.address.account) ||
            (!amendment.text.empty() && !isOneSign(amendment.text))) {
            return;
        }
    } else if (!isOfSender) {
        return; // only its author may
    }
    const auto message = m_device.messages.byName(amendment.target);
    if (!message && mutated(Mutant::EarlyEditDropped)) {
        return;
    }
    if (!message) {
        m_device.amendments.keepEarly(conversation, amendment, m_device.clock.wall());
        m_isAnyEarly = true;
    } else if (message->conversation == conversation && message->kind == MessageKind::Text) {
        apply(*message, amendment, effects);
    }
}

void Amendments::apply(const Message& message, const Amendment& amendment, Effects& effects) {
    switch (amendment.kind) {
    case AmendmentKind::Edit:
        applyEdit(message, amendment);
        effects.erased = true;
        break;
    case AmendmentKind::Deletion:
        m_device.messages.setExtra(message.key, kDeletedByAuthor);
        eraseMessage(m_device, message, effects);
        effects.erased = true;
        return;
    case AmendmentKind::Reaction:
        m_device.amendments.setReaction(message.key, amendment);
        break;
    }
    effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(message.key), true});
}

void Amendments::applyEdit(const Message& message, const Amendment& edit) {
    if (message.revision == 0) {
        m_device.amendments.addFirstVersion(message);
    }
    if (m_device.amendments.addVersion(message.key, edit) && edit.revision >= message.revision) {
        m_device.messages.setRevision(message.key, edit.revision);
        replaceText(message, edit.text);
    }
}

void Amendments::replaceText(const Message& message, const std::string& text) {
    IndexedTextStore(m_device.database).replace(message.key, text);
    m_device.conversations.replacePreview(message.conversation, message.text, text);
}

void Amendments::foresee(Message& message) {
    if (isAnyEarly() && m_device.amendments.isDeletedEarly(message.conversation, nameOf(message))) {
        message.kind = MessageKind::Deleted;
        message.deletedByAuthor = true;
        message.text.clear();
        message.unread = false;
    }
}

void Amendments::attach(Message& message, const Quote& quote) {
    if (message.kind == MessageKind::Text) {
        m_device.quotes.add(message.key, message.conversation, quote);
        message.quote = m_device.quotes.of(message.key);
    }
}

void Amendments::attach(Message& message, const Styles& styles) {
    if (message.kind == MessageKind::Text) {
        m_device.styles.set(message.key, 0, styles);
        message.styles = styles;
    }
}

void Amendments::settle(Message& message, Effects& effects) {
    if (!isAnyEarly()) {
        return;
    }
    const auto early = m_device.amendments.takeEarly(message.conversation, nameOf(message));
    if (early.empty()) {
        return;
    }
    if (message.kind == MessageKind::Deleted) {
        m_device.messages.setExtra(message.key, kDeletedByAuthor);
        forgetQuotes(m_device, nameOf(message), effects);
        effects.erased = true;
        return;
    }
    for (const Amendment& amendment : early) {
        if (amendment.kind == AmendmentKind::Edit) {
            applyEdit(*m_device.messages.byKey(message.key), amendment);
        } else if (amendment.kind == AmendmentKind::Reaction) {
            m_device.amendments.setReaction(message.key, amendment);
        }
    }
    message = *m_device.messages.byKey(message.key);
}

/// Puts an own amendment into the outbox and completes what is known of it.
void Amendments::queue(const Message& message, const Body& body, Amendment& amendment, Effects& effects) {
    OwnAmendment own;
    own.conversation = message.conversation;
    own.message = message.key;
    own.id = m_device.random.next<MessageId>();
    own.kind = amendment.kind;
    own.body = encodeBody(body);
    own.sentAt = unixMilliseconds(m_device.clock.wall());
    m_device.outbox.addAmendment(message.conversation, m_device.amendments.addOwn(own));
    acceptMembers(m_device, message.conversation, effects);
    amendment.sender = m_device.address;
    amendment.sentAt = own.sentAt;
    effects.outboxChanged = true;
}

Expected<Message, db::Error> Amendments::edit(const Message& message, const StyledText& text,
                                              Effects& effects) {
    return m_device.database.transaction([&] {
        if (message.text != text.text || message.styles != text.styles) {
            if (message.state == MessageState::Queued && message.revision == 0) {
                replaceText(message, text.text); // nobody has seen it: it goes out like this
                m_device.styles.set(message.key, 0, text.styles);
            } else {
                Amendment amendment;
                amendment.kind = AmendmentKind::Edit;
                amendment.target = nameOf(message);
                amendment.revision = message.revision + 1;
                amendment.text = text.text;
                amendment.styles = text.styles;
                queue(message, EditBody{amendment.target, message.revision + 1, text.text, text.styles},
                      amendment, effects);
                applyEdit(message, amendment);
            }
            effects.erased = true;
            effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(message.key), true});
        }
        return *m_device.messages.byKey(message.key);
    });
}

Expected<Message, db::Error> Amendments::react(const Message& message, const std::string& emoji,
                                               Effects& effects) {
    return m_device.database.transaction([&] {
        const auto before = m_device.amendments.reactionOf(message.key, m_device.address.account);
        if (before.emoji != emoji) {
            Amendment amendment;
            amendment.kind = AmendmentKind::Reaction;
            amendment.target = nameOf(message);
            amendment.revision = before.revision + 1;
            amendment.text = emoji;
            queue(message, ReactionBody{amendment.target, amendment.revision, emoji}, amendment, effects);
            m_device.amendments.setReaction(message.key, amendment);
            effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(message.key), true});
        }
        return *m_device.messages.byKey(message.key);
    });
}

Expected<Message, db::Error> Amendments::deleteForEveryone(const Message& message, Effects& effects) {
    return m_device.database.transaction([&] {
        Message left = message;
        if (message.kind != MessageKind::Deleted) {
            left = eraseMessage(m_device, message, effects);
        }
        if (left.state != MessageState::Failed) {
            Amendment amendment;
            amendment.kind = AmendmentKind::Deletion;
            amendment.target = nameOf(message);
            queue(message, DeletionBody{amendment.target}, amendment, effects);
        }
        m_device.messages.setExtra(message.key, kDeletedByAuthor);
        effects.erased = true;
        left = *m_device.messages.byKey(message.key);
        effects.events.emplace_back(MessageChanged{left, true});
        return left;
    });
}

} // namespace sotto::core
