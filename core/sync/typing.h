// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who is typing: what is told to others, and what others tell. Never stored; sent at most once in three
/// seconds and conversation, only to accepted contacts, not under pressure, and not for ever to somebody who
/// never answers.

#include "core/messaging/effects.h"
#include "core/messaging/sender.h"
#include "core/sync/link.h"

#include <functional>
#include <map>
#include <utility>

namespace sotto::core {

class Typing {
public:
    static constexpr Milliseconds kStopsAfter{3'000}; ///< without a key
    static constexpr Milliseconds kShownFor{6'000};   ///< when its end is lost
    /// Each takes a step of the ratchet, and what is lost of them has to be skipped (R11).
    static constexpr int kMostUnanswered = 50;

    using Offer = std::function<void(const FixedSend&, ConversationKey)>;
    using Emit = std::function<void(const Event&)>;
    Typing(LocalDevice& device, Sender& sender, Link& link, Emit observer)
        : m_device(device)
        , m_sender(sender)
        , m_link(link)
        , m_emit(std::move(observer)) {}

    /// A key was pressed (or, false, the text was sent or given up). offer: how a send goes out; nothing
    /// when there is no connection for it. May throw db::Failure.
    void key(ConversationKey conversation, bool isTyping, const Offer& offer);
    /// After mail was received.
    void received(const Effects& effects);
    /// offer as in key().
    void onTimer(SteadyTime now, const Offer& offer);
    std::optional<SteadyTime> wake() const;
    /// No link: nobody types any more as far as can be told.
    void linkLost();
    bool isTyping(ConversationKey conversation, const AccountId& account) const;

private:
    struct Own {
        SteadyTime lastKey;
        SteadyTime lastTold;
    };
    using Name = std::pair<ConversationKey, AccountId>;
    bool tell(ConversationKey conversation, bool isTyping, const Offer& offer);
    void stop(const Name& name);

    LocalDevice& m_device;
    Sender& m_sender;
    Link& m_link;
    Emit m_emit;
    std::map<ConversationKey, Own> m_own;
    std::map<Name, SteadyTime> m_others; ///< until when they are shown
    std::map<AccountId, int> m_unanswered;
};

} // namespace sotto::core
