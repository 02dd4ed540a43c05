// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The history as it is exported and imported: without anything that means something in one profile only.

#include "core/profile.h"
#include "core/types/message.h"

namespace sotto::core {

struct HistoryConversation {
    ConversationId id;
    std::vector<AccountId> members; ///< without oneself, in order
    friend bool operator==(const HistoryConversation&, const HistoryConversation&) = default;
};

struct HistoryMessage {
    MessageId id;
    AccountId sender;
    DeviceNumber device{};
    MessageKind kind = MessageKind::Text;
    MessageState state = MessageState::Received;
    bool outgoing = false;
    std::string text;
    std::string detail; ///< of a gap: which numbers
    PlaceholderCause cause = PlaceholderCause::None;
    std::int64_t sentAt = 0;
    std::int64_t receivedAt = 0;
    Stamp stamp{};
    std::int64_t order = 0; ///< effective stamp (docs/PROTOCOL.md): where it stands
    bool deletedByAuthor = false;
    std::vector<MessageVersion> versions; ///< of an edited one: all, the first one first, `text` the last
    std::vector<Reaction> reactions;
    std::optional<Quote> quote;      ///< its state is not carried
    std::uint32_t expireSeconds = 0; ///< as of a Message
    std::int64_t expiresAt = 0;
    Styles styles = {};
    friend bool operator==(const HistoryMessage&, const HistoryMessage&) = default;
};

/// Reads conversations in the order of their ids, each with its messages in their order, from the state of
/// the moment when it began. Throws db::Failure, as rows do.
class HistoryReader {
public:
    /// The connection is its own: a reader of the profile.
    explicit HistoryReader(db::Database database);
    HistoryReader(HistoryReader&&) noexcept;
    HistoryReader& operator=(HistoryReader&&) = delete;
    ~HistoryReader();

    std::uint64_t total() const; ///< messages, as row numbers have it: not fewer than there are
    /// Nothing after the last.
    std::optional<HistoryConversation> nextConversation();
    /// Of the conversation at hand; nothing after its last.
    std::optional<HistoryMessage> nextMessage();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Adds what is not there yet, inside the caller's transaction. What was sent stays sent, what was not is
/// never sent now, and nothing counts as unread or as newly arrived.
class HistoryWriter {
public:
    explicit HistoryWriter(db::Database& database);
    void begin(const HistoryConversation& conversation);
    /// False: it is there already.
    bool add(const HistoryMessage& message);
    /// The conversation at hand is over.
    void end();
    /// After the last of a transaction: named readers that had read everything have read this too.
    void settleReaders();

private:
    void amend(MessageKey key, const HistoryMessage& message);
    db::Database& m_database;
    ConversationKey m_conversation{};
    bool m_isNew = false;
    std::int64_t m_newestBefore;
};

} // namespace sotto::core
