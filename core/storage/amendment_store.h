// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What later contents make of messages: edits, reactions, what came before its message, and one's own on
/// their way. Rows only; the rules are core/messaging/amendments.h's.

#include "core/storage/account_store.h"
#include "core/storage/style_store.h"
#include "core/types/message.h"

#include <vector>

namespace sotto::core {

enum class OwnAmendmentKey : std::int64_t {};

enum class AmendmentKind : int { Edit = 1, Deletion = 2, Reaction = 3 };

/// A content that changes a message, whoever sent it.
struct Amendment {
    AmendmentKind kind = AmendmentKind::Edit;
    MessageName target;
    std::uint64_t revision = 0; ///< 0 for a Deletion
    std::string text;           ///< of an Edit; of a Reaction its sign
    DeviceAddress sender;
    std::uint64_t generation = 0;
    std::uint64_t seq = 0;
    std::int64_t sentAt = 0;
    Styles styles = {}; ///< of an Edit
};

/// One's own, as it waits and as it went.
struct OwnAmendment {
    OwnAmendmentKey key{};
    ConversationKey conversation{};
    MessageKey message{};
    MessageId id; ///< of the content
    AmendmentKind kind = AmendmentKind::Edit;
    MessageState state = MessageState::Queued; ///< Queued, Encrypted, Sent or Failed
    Bytes body;                                ///< empty once the relay has it, or when nothing is to be left
    std::uint64_t generation = 0;
    std::uint64_t seq = 0;
    std::int64_t sentAt = 0;
};

class AmendmentStore {
public:
    /// Of one device, about messages that are not here: a lost message is soon asked for, the rest is noise.
    static constexpr std::int64_t kMostEarly = 1000;

    explicit AmendmentStore(db::Database& database)
        : m_database(database)
        , m_accounts(database)
        , m_styles(database) {}

    // ---- What a message is now ----
    /// False: this revision is there already, from a larger (device, generation, seq).
    bool addVersion(MessageKey message, const Amendment& edit);
    /// Before the first edit: what it was.
    void addFirstVersion(const Message& message);
    std::vector<MessageVersion> versions(MessageKey message) const; ///< the first one first
    StyledText firstText(const Message& message) const;             ///< as it was sent
    /// False: a later one of this account is there already.
    bool setReaction(MessageKey message, const Amendment& reaction);
    std::vector<Reaction> reactions(MessageKey message) const; ///< those not taken back
    struct OwnReaction {
        std::uint64_t revision = 0;
        std::string emoji;
    };
    OwnReaction reactionOf(MessageKey message, const AccountId& account) const;
    /// Nothing of its texts and signs is left.
    void erase(MessageKey message);

    // ---- What came too early ----
    bool isAnyEarly() const;
    /// Keeps it until its message comes; of one kind and revision the one that counts. Beyond the limit
    /// nothing is kept.
    void keepEarly(ConversationKey conversation, const Amendment& amendment, WallTime now);
    bool isDeletedEarly(ConversationKey conversation, const MessageName& name) const;
    /// In the order that they count in; they leave.
    std::vector<Amendment> takeEarly(ConversationKey conversation, const MessageName& name);
    void forgetEarlyBefore(WallTime time);

    // ---- One's own ----
    OwnAmendmentKey addOwn(const OwnAmendment& amendment);
    std::optional<OwnAmendment> own(OwnAmendmentKey key) const;
    std::vector<OwnAmendment> ownOf(MessageKey message) const; ///< oldest first
    void setFixed(const OwnAmendment& amendment, std::uint64_t generation, std::uint64_t seq);
    void setStored(OwnAmendmentKey key); ///< the relay has it
    void setFailed(OwnAmendmentKey key); ///< it never will be sent
    /// What it says goes; its number stays.
    void eraseOwn(OwnAmendmentKey key);
    void removeOwn(OwnAmendmentKey key);
    std::int64_t waitingFor(MessageKey message) const; ///< not at the relay yet
    /// The highest number of one's own that the relay has stored; 0: none.
    std::uint64_t lastStored(ConversationKey conversation, std::uint64_t generation) const;

private:
    db::Database& m_database;
    AccountStore m_accounts;
    StyleStore m_styles;
};

} // namespace sotto::core
