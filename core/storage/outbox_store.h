// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is to be sent, in order, and the exact bytes once they are fixed.

#include "core/storage/amendment_store.h"
#include "core/storage/message_store.h"
#include "core/types/message.h"
#include "crypto/payload.h"

namespace sotto::core {

enum class OutboxKey : std::int64_t {};
enum class SendKey : std::int64_t {};

/// Priority under pressure, as on the wire.
enum class MailClass : int { Durable = 0, Receipt = 1, Ephemeral = 2 };

struct OutboxRow {
    OutboxKey key{};
    ConversationKey conversation{};
    std::optional<MessageKey> message; ///< a message of the history, or
    Bytes body;                        ///< an invisible content's body, or
    MailClass mailClass = MailClass::Durable;
    std::optional<SendKey> send;              ///< set once its bytes are fixed
    std::optional<OwnAmendmentKey> amendment; ///< a change of a message
};

struct FixedHeader {
    DeviceAddress device;
    Bytes bytes;
};

/// A send whose bytes never change again: every retry offers the same (R7).
struct FixedSend {
    SendKey key{};
    SendId sendId;
    std::optional<MessageKey> message;
    std::optional<OwnAmendmentKey> amendment;
    MailClass mailClass = MailClass::Durable;
    Bytes payload;
    Digest digest;
    std::optional<ShortSecret<32>> payloadKey; ///< until stored: for devices that turn out to be missing
    std::vector<FixedHeader> headers;
    std::optional<MessageStore::Numbered> line; ///< of the history, right after it was fixed
};

class OutboxStore {
public:
    explicit OutboxStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    void add(ConversationKey conversation, MessageKey message);
    void addInvisible(ConversationKey conversation, BytesView body, MailClass mailClass);
    void addAmendment(ConversationKey conversation, OwnAmendmentKey amendment);
    /// In order, after a row. Bodies included.
    std::vector<OutboxRow> after(OutboxKey key, std::size_t limit) const;
    std::optional<OutboxRow> bySend(SendKey send) const;
    /// It never will be sent: the row leaves.
    void remove(OutboxKey key);
    /// The copies of a message's text among what is sent. What is not sealed yet leaves the outbox: true
    /// then. What is sealed goes out as it is; its bytes lose their key when the relay has stored them.
    bool eraseContent(MessageKey message);
    /// An amendment that is not sealed yet leaves the outbox: true then.
    bool removeUnsealed(OwnAmendmentKey amendment);
    /// An invisible content with its sealed bytes: it is not sent, or not once more.
    struct Invisible {
        std::optional<OutboxKey> row;
        std::optional<SendKey> send;
        Bytes body;    ///< as it waits, or
        Bytes content; ///< as it was sealed
    };
    std::vector<Invisible> invisible() const; ///< all that is kept: reads much
    void remove(const Invisible& content);
    /// The relay has stored this send (PROTOCOL: transaction C): its row leaves, with the payload's key.
    /// False when the row is gone or stands for another send by now.
    bool setStored(OutboxKey key, SendKey send);

    SendKey addSend(OutboxKey row, const SendId& id, const std::optional<MessageKey>& message,
                    BytesView content, const crypto::SealedPayload& payload, MailClass mailClass,
                    WallTime madeAt);
    /// The send carries an amendment.
    void setAmendment(SendKey send, OwnAmendmentKey amendment);
    /// A send that has none yet gets all of its headers.
    void addHeaders(SendKey send, const std::vector<FixedHeader>& headers);
    void replaceHeaders(SendKey send, const std::vector<FixedHeader>& headers);
    /// What was fixed for this conversation's members and not stored yet is no longer for them: messages
    /// and amendments wait to be fixed anew, invisible contents go. Returns the messages.
    std::vector<MessageKey> unfix(ConversationKey conversation);
    /// The same for everything, and invisible contents stay: this device begins anew.
    std::vector<MessageKey> unfixAll();
    std::optional<FixedSend> send(SendKey key) const;
    /// Searches all that is kept: for the rare request that names a send.
    std::optional<SendKey> findSend(const SendId& id) const;
    std::optional<Bytes> header(SendKey send, const DeviceAddress& device) const;
    /// Bytes older than the mailboxes' retention repair nothing any more.
    void removeStoredBefore(WallTime time, WallTime now);

    /// Receipts that are owed, gathered until a content carries them.
    void oweReceipt(const AccountId& account, MessageKey message, MessageState state);
    struct DueReceipt {
        MessageId message;
        MessageState state{};
    };
    void forgetReceiptsDue(const AccountId& account);
    void tellNoReading(); ///< of what is owed, only that it arrived
    std::vector<AccountId> accountsWithReceiptsDue() const;
    std::vector<DueReceipt> takeReceiptsDue(const AccountId& account, std::size_t limit);

    std::int64_t waiting() const;                               ///< messages and amendments in the outbox
    std::optional<std::int64_t> oldestWaiting() const;          ///< when the first of them was written
    std::int64_t waitingIn(ConversationKey conversation) const; ///< of these, in one conversation

private:
    void dropErased(std::optional<ConversationKey> conversation);
    void unfixAmendments(std::optional<ConversationKey> conversation);
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core
