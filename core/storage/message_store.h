// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The history: messages in their order, with cursors to page by.
///
/// A conversation is sorted by (effective stamp, number in the sender's chain, row). The effective stamp of a
/// message is the largest stamp up to it along its sender device's chain, so a sender's messages never change
/// places; stamps are unique per send at a relay, so two chains never tie. What is not sent yet stands at the
/// end.

#include "core/storage/amendment_store.h"
#include "core/storage/chain_store.h"
#include "core/storage/expiry_store.h"
#include "core/storage/quote_store.h"

#include <limits>
#include <map>

namespace sotto::core {

/// Position of a content in its sender device's chain. seq 0: the content has no number.
struct ChainPosition {
    std::uint64_t generation = 0;
    std::uint64_t seq = 0;
    std::optional<Digest> contentHash;
};

/// Not a number yet: sorts after all numbers.
inline constexpr std::uint64_t kUnnumbered = std::numeric_limits<std::int64_t>::max();
/// No message stands later, whatever a relay says: beyond is what is not sent yet.
inline constexpr Stamp kLatestStamp{std::numeric_limits<std::int64_t>::max() - 1};

class MessageStore {
public:
    explicit MessageStore(db::Database& database)
        : m_database(database)
        , m_accounts(database)
        , m_amendments(database)
        , m_quotes(database)
        , m_expiry(database)
        , m_styles(database) {}

    /// Inserts; the message's key is filled in. Its place follows from stamp and chain. An unread one counts,
    /// wherever it stands.
    void add(Message& message, const ChainPosition& chain);
    bool exists(const AccountId& sender, DeviceNumber device, const MessageId& id) const;
    /// One of this account's own: nobody has to be looked up for it.
    std::optional<Message> ownByKey(MessageKey key, const AccountId& self) const;
    std::optional<Message> byKey(MessageKey key) const;
    std::optional<Message> byName(const MessageName& name) const;
    std::optional<Message> byId(const MessageId& id) const; ///< own first, then the oldest
    std::optional<Message> own(const AccountId& self, const MessageId& id) const;

    void setState(MessageKey key, MessageState state, std::string_view detail = {});
    /// A queued message gets its number.
    void setChain(MessageKey key, const ChainPosition& chain);
    /// The same with its new state, in one step.
    void setFixed(MessageKey key, const ChainPosition& chain, MessageState state);
    /// The relay's stamp is known: the message takes its place.
    void setStamp(MessageKey key, Stamp stamp);
    /// The same for an own message that nothing after it in its chain was stamped before: it takes its place
    /// behind `end`, which moves on. One statement instead of a look at all that is under way.
    struct ChainEnd {
        std::uint64_t seq = 0;
        Stamp effective{};
    };
    /// False, and nothing is changed, when it is not as `before` any more, which is how it was fixed.
    bool setSent(const Message& before, std::uint64_t seq, Stamp stamp, MessageState state, ChainEnd& end);
    /// A message with its number.
    struct Numbered {
        Message message;
        std::uint64_t generation = 0;
        std::uint64_t seq = 0;
    };
    std::optional<Numbered> numbered(MessageKey key) const;
    /// The last message with a stamp in the chain that this one stands in.
    ChainEnd chainEnd(const Numbered& line) const;
    /// No stamp will ever come: the message stands where the conversation ends now, and moves nothing else.
    /// Nothing is taken from a clock, which may be years off.
    void placeAtEnd(MessageKey key);
    /// A placeholder becomes what it stood for, in its place. Its row gets a new key, the newest: readers
    /// that have passed the placeholder are still to see the message (docs/decisions/0019).
    MessageKey fill(MessageKey key, const Message& message, const ChainPosition& chain);
    void setCause(MessageKey key, PlaceholderCause cause);
    /// How often it was edited; its text is IndexedTextStore's to change.
    void setRevision(MessageKey key, std::uint64_t revision);
    void setExtra(MessageKey key, MessageExtra extra);
    /// What it said goes for ever. Its id, place and state stay, so that it never comes again. Whoever has
    /// copies of the text (outbox, index, preview) takes them out before (core/messaging/deletion.h).
    /// left: Deleted or Expired.
    void erase(MessageKey key, MessageKind left = MessageKind::Deleted);
    /// A placeholder for what turned out to be nothing to show.
    void remove(MessageKey key);

    MessagePage page(ConversationKey conversation, std::string_view cursor, bool older,
                     std::size_t limit) const;
    static bool isCursor(std::string_view cursor);
    /// Everything between two places, these included, at most limit; `to` empty: to the end.
    MessagePage between(ConversationKey conversation, std::string_view from, std::string_view to,
                        std::size_t limit) const;
    /// Cursors that stand just before something: what comes after it begins with that. Nothing: there is no
    /// such message, or nothing unread.
    std::optional<std::string> justBefore(ConversationKey conversation, MessageKey key) const;
    std::optional<std::string> justBeforeUnread(ConversationKey conversation) const;
    static std::string justBefore(std::int64_t milliseconds);
    std::vector<Message> after(MessageKey key, std::size_t limit) const;
    MessageKey newest() const;

    /// Moves the read cursor forward to a message, or to the last one sent before it; returns what became
    /// read of others', oldest first.
    std::vector<Message> markRead(ConversationKey conversation, const Message& upTo);
    /// Counts what is unread anew: after lines moved in bulk.
    void countUnread(ConversationKey conversation);

    std::vector<Confirmation> confirmations(MessageKey key) const;
    bool isConfirmedBy(MessageKey key, const AccountId& account) const;
    /// The highest number of an own chain that the relay has stored; 0: none.
    std::uint64_t lastStored(const ChainName& own) const;
    /// The stamp of the last message of a chain before a number; 0: there is none.
    Stamp stampBefore(const ChainName& chain, std::uint64_t seq) const;
    /// Whether the own message is confirmed by all `recipients` at least as far as state. Keeps the furthest.
    bool confirm(MessageKey key, const AccountId& by, MessageState state, std::int64_t at,
                 std::size_t recipients);

    std::int64_t count() const;
    std::int64_t count(MessageState state) const;
    std::int64_t countTexts() const;
    std::map<PlaceholderCause, std::int64_t> placeholdersByCause() const;
    std::int64_t unread() const; ///< of accepted contacts

private:
    Message read(const db::Rows& rows) const;
    void addExpiry(Message& message, std::uint32_t extras) const;
    bool place(MessageKey key);
    void noteUnread(ConversationKey conversation, MessageKey key);
    db::Database& m_database;
    AccountStore m_accounts;
    AmendmentStore m_amendments;
    QuoteStore m_quotes;
    ExpiryStore m_expiry;
    StyleStore m_styles;
};

} // namespace sotto::core
