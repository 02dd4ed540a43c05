// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/typing.h"

namespace sotto::core {

/// False when it may not be told.
bool Typing::tell(ConversationKey conversation, bool isTyping, const Offer& offer) {
    if (!offer || !m_device.isAllowed(PrivacySetting::Typing)) {
        return false;
    }
    const auto members = m_device.conversations.members(conversation);
    for (const AccountId& member : members) {
        const auto contact = m_device.contacts.byAccount(member);
        if (!contact || !contact->accepted || contact->changedTo || m_unanswered[member] >= kMostUnanswered) {
            return false;
        }
    }
    const auto sealed = m_sender.sealEphemeral(conversation, TypingBody{isTyping});
    if (!sealed) {
        m_link.storageFailed(sealed.error());
        return false;
    }
    if (!*sealed) {
        return false; // no list or session yet: nothing is asked for because of this
    }
    for (const AccountId& member : members) {
        ++m_unanswered[member];
    }
    offer(**sealed, conversation);
    return true;
}

void Typing::key(ConversationKey conversation, bool isTyping, const Offer& offer) {
    const SteadyTime now = m_device.clock.steady();
    const auto own = m_own.find(conversation);
    if (!isTyping) {
        if (own != m_own.end()) {
            m_own.erase(own);
            tell(conversation, false, offer);
        }
        return;
    }
    if (own != m_own.end() && now - own->second.lastTold < kStopsAfter) {
        own->second.lastKey = now;
    } else if (tell(conversation, true, offer)) {
        m_own[conversation] = {now, now};
    } else if (own != m_own.end()) {
        own->second.lastKey = now;
    }
    if (const auto next = wake()) {
        m_link.wakeAt(*next);
    }
}

void Typing::received(const Effects& effects) {
    for (const auto& [account, isTyping] : effects.typing) {
        m_unanswered.erase(account);
        const auto conversation =
            m_device.conversations.find(directConversationId(m_device.address.account, account));
        const auto contact = m_device.contacts.byAccount(account);
        if (!conversation || !contact || !contact->accepted || !m_device.isAllowed(PrivacySetting::Typing)) {
            continue;
        }
        const Name name(*conversation, account);
        if (!isTyping) {
            stop(name);
            continue;
        }
        const bool isNew = !m_others.contains(name);
        m_others[name] = m_device.clock.steady() + kShownFor;
        m_link.wakeAt(m_others[name]);
        if (isNew) {
            m_emit(TypingChanged{*conversation, account, true});
        }
    }
    for (const Event& event : effects.events) {
        const auto* added = std::get_if<MessageAdded>(&event);
        if (added != nullptr && !added->message.outgoing) {
            m_unanswered.erase(added->message.sender);
            stop({added->message.conversation, added->message.sender}); // that was it
        }
    }
}

void Typing::stop(const Name& name) {
    if (m_others.erase(name) != 0) {
        m_emit(TypingChanged{name.first, name.second, false});
    }
}

void Typing::onTimer(SteadyTime now, const Offer& offer) {
    std::vector<ConversationKey> idle;
    for (const auto& [conversation, own] : m_own) {
        if (now - own.lastKey >= kStopsAfter) {
            idle.push_back(conversation);
        }
    }
    for (const ConversationKey conversation : idle) {
        m_own.erase(conversation);
        tell(conversation, false, offer);
    }
    std::vector<Name> over;
    for (const auto& [name, until] : m_others) {
        if (until <= now) {
            over.push_back(name);
        }
    }
    for (const Name& name : over) {
        stop(name);
    }
}

std::optional<SteadyTime> Typing::wake() const {
    std::optional<SteadyTime> first;
    const auto consider = [&first](SteadyTime time) { first = first ? std::min(*first, time) : time; };
    for (const auto& [conversation, own] : m_own) {
        consider(own.lastKey + kStopsAfter);
    }
    for (const auto& [name, until] : m_others) {
        consider(until);
    }
    return first;
}

void Typing::linkLost() {
    m_own.clear();
    while (!m_others.empty()) {
        stop(Name(m_others.begin()->first));
    }
}

bool Typing::isTyping(ConversationKey conversation, const AccountId& account) const {
    return m_others.contains({conversation, account});
}

} // namespace sotto::core
