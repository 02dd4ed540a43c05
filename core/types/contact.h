// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Somebody else's account as this profile knows it, and a conversation as a list shows it.

#include "core/types/message.h"

#include <array>
#include <optional>

namespace sotto::core {

enum class ContactKey : std::int64_t {};

/// How this profile came to believe that an account key is this person's.
enum class Trust : int {
    FirstUse = 1, ///< the relay said so when the contact was added
    Link = 2,     ///< a contact link carried the key: another key is another account
    Verified = 3, ///< safety numbers were compared
};

struct Contact {
    ContactKey key{};
    std::string name; ///< at the relay
    AccountId account;
    Trust trust = Trust::FirstUse;
    /// The relay now names another account key for this name: mail is held until it is accepted.
    std::optional<AccountId> changedTo;
    std::uint64_t signerEpoch = 0; ///< of the newest verified list; 0 while none is known
    std::uint64_t listVersion = 0;
    std::uint32_t devices = 0;
    bool accepted = true; ///< false: a stranger who wrote first, or somebody who is blocked
    bool blocked = false; ///< nothing of them is taken, and they are told nothing
};

/// One of the devices that a contact's account lists.
struct ContactDevice {
    DeviceNumber number{};
    std::int64_t wroteAt = 0; ///< newest of its messages in a conversation; 0: none is here
};

/// Whether a conversation stands among the others: follows from its contact.
enum class Standing : int {
    Accepted = 0,
    Request = 1, ///< a stranger wrote first: nothing goes back until the user accepts them
    Blocked = 2, ///< of a contact of whom nothing is taken any more
};

struct ConversationEntry {
    ConversationKey key{};
    Standing standing = Standing::Accepted;
    std::string title;              ///< the contact's name for a direct conversation
    std::vector<AccountId> members; ///< without oneself
    std::string preview;            ///< text of the newest message, cut; untrusted
    std::int64_t newestAt = 0;
    std::int64_t unread = 0;
    bool isPinned = false;
    bool isArchived = false;
    std::int64_t mutedUntil = 0;     ///< this device's wall clock; kMutedForEver: until it is changed
    std::uint32_t expireSeconds = 0; ///< new messages disappear so long after they were read; 0: they stay
    std::string draft;               ///< begun and not sent
};

inline constexpr std::int64_t kMutedForEver = 253'402'300'799'000; ///< the last second of the year 9999

/// Which part of the conversation list. A conversation stands in exactly one.
enum class ListPart : int { Main = 0, Archive = 1, Requests = 2, Blocked = 3 };
inline constexpr std::array kListParts = {ListPart::Main, ListPart::Archive, ListPart::Requests,
                                          ListPart::Blocked};

/// What was begun and not sent.
struct Draft {
    std::string text;                ///< at most kMaxTextBytes; may be empty when it answers something
    std::optional<MessageKey> reply; ///< the message that it answers
    std::int64_t at = 0;             ///< when it was changed: this device's wall clock
};

/// Some of the conversation list, newest first.
struct ConversationPage {
    std::vector<ConversationEntry> entries;
    std::string next; ///< cursor for what comes below; empty: nothing does
};

} // namespace sotto::core
