// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a client tells its observer. Events report what is already committed; a lost one loses nothing.

#include "core/types/contact.h"
#include "core/types/failure.h"
#include "core/types/presence.h"

#include <variant>

namespace sotto::core {

enum class LinkState {
    Offline,    ///< not connected; the next try is scheduled
    Connecting, ///< link, challenge and log-in under way
    Online,     ///< logged in and catching up
    Drained,    ///< everything that waited at the relay has been received
    Stopped,    ///< not trying any more: replaced by another process, revoked, or refused; `reason` says
};

struct MessageAdded {
    Message message;
};
/// Its state changed, or a placeholder became readable.
struct MessageChanged {
    Message message;
    /// It was edited, reacted to or taken back, or such a change of one's own went on its way.
    bool isAmended = false;
};
/// A placeholder went: what it stood for was not meant to be seen, or stands elsewhere.
struct MessageRemoved {
    ConversationKey conversation;
    MessageKey key;
};
/// What its list line says beside its newest message: pinned, muted, archived, a draft.
struct ConversationChanged {
    ConversationKey conversation;
};
/// Somebody is writing something, or not any more. Not stored anywhere.
struct TypingChanged {
    ConversationKey conversation;
    AccountId account;
    bool isTyping = false;
};
/// Something else is known of whether somebody is there. Not stored anywhere.
struct PresenceChanged {
    ConversationKey conversation;
    AccountId account;
    PresenceView now;
};
struct LinkChanged {
    LinkState state;
    std::string reason;
};
/// The relay knows the account and has its prekeys: others can write to it.
struct AccountRegistered {};
struct RegistrationRefused {
    Failure failure;
}; ///< name taken, invite invalid, wrong key: another try needs another name or link
struct ContactChanged {
    Contact contact;
};
/// A contact's account key is not the one known: nothing is sent until it is accepted.
struct KeyChanged {
    Contact contact;
};
/// Something that only an attack or a rolled-back peer explains: a forked or older device list, a ghost
/// device, a ratchet key used twice.
struct Alarm {
    std::string text;
};
/// An alarm as the profile keeps it.
struct AlarmEntry {
    AccountId about; ///< whose devices or mail
    std::string text;
    std::int64_t firstAt = 0; ///< milliseconds, this device's wall clock
    std::int64_t lastAt = 0;
    std::int64_t times = 1;
};

using Event = std::variant<MessageAdded, MessageChanged, MessageRemoved, ConversationChanged, TypingChanged,
                           PresenceChanged, LinkChanged, AccountRegistered, RegistrationRefused,
                           ContactChanged, KeyChanged, Alarm>;

class Observer {
public:
    virtual ~Observer() = default;
    /// Called from inside a call into the client, after its commit. May read from the client; must not
    /// destroy it.
    virtual void onEvent(const Event& event) = 0;
};

} // namespace sotto::core
