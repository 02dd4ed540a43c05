// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The client without a screen: one account's device on an open profile. The facade that CLI, RPC, desktop
/// and tests use. Single-threaded and synchronous; needs no event loop. The outside world comes in through
/// the three on…() calls and nextWake(), and goes out through Edge and Observer: with simulated ones a whole
/// conversation runs in one thread.

#include "core/base/clock.h"
#include "core/profile.h"
#include "core/reader.h"
#include "core/sync/edge.h"
#include "core/types/counters.h"
#include "core/types/delivery.h"
#include "core/types/event.h"
#include "core/types/privacy.h"
#include "core/types/search.h"
#include "core/wire/link.h"

#include <functional>
#include <map>
#include <memory>

namespace sotto::core {

struct AccountView {
    std::string name;
    AccountId account;
    DeviceNumber device{};
    wire::RelayAddress relay;
    bool registered = false;
    std::uint64_t signerEpoch = 0;
    std::uint64_t listVersion = 0;
};

/// How the connection to the relay stands. Asking costs nothing.
struct LinkView {
    LinkState state = LinkState::Offline;
    std::string reason;
    std::int64_t clockOffsetMs = 0; ///< relay's clock minus ours at the last log-in
};

struct StatusView {
    LinkView link;
    std::int64_t queued = 0;                    ///< messages not yet stored by the relay
    std::int64_t held = 0;                      ///< of these, waiting for a changed key to be accepted
    std::optional<std::int64_t> oldestQueuedAt; ///< when the longest waiting of them was written
    std::int64_t placeholders = 0;              ///< messages that could not be read yet
    std::map<PlaceholderCause, std::int64_t> placeholdersByCause;
    std::int64_t gaps = 0;        ///< places where messages are missing
    std::int64_t refused = 0;     ///< rows beyond what is kept of unreadable mail: only counted
    std::int64_t resendsHeld = 0; ///< messages that contacts' devices asked for and the user may allow
    std::int64_t unread = 0;      ///< from accepted contacts
    std::int64_t requests = 0;    ///< conversations with strangers who wait for an answer
    std::int64_t messages = 0;
    std::uint64_t cursor = 0; ///< last mailbox row applied
    std::int64_t oneTimePrekeys = 0;
    bool testingRelay = false; ///< the relay says that it breaks things on purpose
    std::int64_t alarms = 0;   ///< different ones, ever: alarms() has them
    Counters counters;
};

struct SendOptions {
    /// Makes a send idempotent: the second send under the same id returns the message of the first.
    std::optional<MessageId> id;
    /// The message that it answers: a text of the same conversation.
    std::optional<MessageId> reply = {};
    /// It disappears so long after it was sent here and read there; 0: it stays. Nothing: as the
    /// conversation's messages do. At most kMaxExpireSeconds.
    std::optional<std::uint32_t> expireSeconds = {};
    /// How pieces of the text look, in any order: core/text/styles.h has the rules.
    Styles styles = {};
};

/// The user's word on what a contact's device asked for once more.
enum class HeldAnswer { Send, Drop };

class Client {
public:
    static constexpr Milliseconds kLookupPatience{30'000};

    /// All must outlive the client. Reads the profile; does not connect before start().
    Client(Profile& profile, Edge& edge, Observer& observer, Random& random, const Clock& clock);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // ---- Account ----
    /// Makes keys, certificate and first device list and stores them; registration follows as soon as there
    /// is a link (AccountRegistered or RegistrationRefused). Returns the recovery code to show once. While
    /// not registered it may be called again, with another name or link: keys and recovery code then stay,
    /// and the result is empty.
    Result<SecretBytes> createAccount(const std::string& name, const wire::JoinLink& link);
    /// Failure NotFound while there is none.
    Result<AccountView> account() const;
    /// For others to add this account, verified.
    Result<wire::ContactLink> contactLink() const;

    // ---- Contacts ----
    /// Asks the relay for a name; needs a link (Unreachable when there has been none for `patience`). done is
    /// called once, later or at once.
    void addContact(const std::string& name, std::function<void(Result<Contact>)> done,
                    Milliseconds patience = kLookupPatience);
    /// Pins the account key that the link carries. Works offline; the list is fetched when there is a link.
    Result<Contact> addContact(const wire::ContactLink& link);
    std::vector<Contact> contacts() const;
    Result<Contact> contact(const AccountId& account) const;
    /// By exact name, or without '@' also by hex account key prefix of at least 8 digits.
    Result<Contact> findContact(const std::string& target) const;
    /// 60 digits, the same on both sides.
    Result<std::string> safetyNumber(ContactKey contact) const;
    /// Marks as verified if these 60 digits (spaces ignored) are the contact's safety number; NotTrusted if
    /// not.
    Result<Contact> verify(ContactKey contact, const std::string& digits);
    /// Somebody who wrote first: from now on they hear what contacts hear. Ends a block.
    Result<Contact> accept(ContactKey contact);
    /// Nothing of theirs is taken any more and nothing tells them so; what is here stays. What they sent
    /// meanwhile does not come later.
    Result<Contact> block(ContactKey contact);
    /// Accepts the changed account key: held mail goes out to it. Invalid when nothing has changed.
    Result<Contact> acceptKey(ContactKey contact);

    // ---- Messages ----
    /// Queues; returns as soon as it is committed. Text: valid UTF-8, 1 byte to kMaxTextBytes.
    Result<Message> sendText(ConversationKey conversation, const std::string& text,
                             const SendOptions& options = {});
    /// Once more what is Failed: a new message with the same text, which answers the same if that can still
    /// be answered. Of the failed one no line stays. Invalid for any other.
    Result<Message> sendAgain(const MessageId& failed);
    Result<ConversationKey> conversationWith(ContactKey contact);
    /// Some of the list, newest first. cursor: a page's next, or empty for the top.
    Result<ConversationPage> conversationPage(const std::string& cursor, std::size_t limit,
                                              ListPart part = ListPart::Main) const;
    std::vector<ConversationEntry> conversations() const; ///< the whole list, all parts
    Result<ConversationEntry> conversation(ConversationKey key) const;
    /// How long new messages of both sides stay after they were read, at most kMaxExpireSeconds; 0: for ever.
    /// Says so to the other side, and with a line in the history.
    Result<ConversationEntry> setTimer(ConversationKey key, std::uint32_t seconds);
    /// How the list keeps it, on this device only. NotFound when there is no such conversation.
    Result<ConversationEntry> setPinned(ConversationKey key, bool isPinned);
    /// Invalid where the contact is not accepted: such conversations stand apart already.
    Result<ConversationEntry> setArchived(ConversationKey key, bool isArchived);
    /// until: milliseconds of this device's wall clock, kMutedForEver, or 0 for not muted.
    Result<ConversationEntry> setMutedUntil(ConversationKey key, std::int64_t until);
    std::optional<Draft> draft(ConversationKey key) const;
    /// Replaces the draft; of the one before no trace is left. Empty text that answers nothing: none.
    /// reply: the message that it answers.
    Result<ConversationEntry> setDraft(ConversationKey key, const std::string& text,
                                       const std::optional<MessageId>& reply = {});
    /// cursor: from a page, or empty for the newest (Older) or oldest (Newer) page.
    Result<MessagePage> history(ConversationKey conversation, const std::string& cursor,
                                PageDirection direction, std::size_t limit) const;
    /// Messages of all conversations in the order they were stored here, after a key: for durable readers.
    std::vector<Message> storedAfter(MessageKey after, std::size_t limit) const;
    MessageKey newestKey() const;
    Result<Message> message(const MessageId& id) const;
    Result<MessageInfo> messageInfo(const MessageId& id) const;
    /// On this device only: nothing of it is left but a line of kind Deleted, which is returned; a second
    /// time changes nothing. What is not sealed yet is not sent. Invalid for a placeholder or a gap.
    Result<Message> deleteMessage(const MessageId& id);
    /// An own message, on every device that has it; others may have read or copied it. Invalid for somebody
    /// else's. Returns the line that is left; a second time changes nothing.
    Result<Message> deleteForEveryone(const MessageId& id);
    /// Another text, or other looks of it, for an own message that is not deleted; limits as for sendText(),
    /// and kMaxRevisions.
    Result<Message> editMessage(const MessageId& id, const std::string& text, const Styles& styles = {});
    /// One's one sign under a text: exactly one visible sign, or empty to take it back.
    Result<Message> react(const MessageId& id, const std::string& emoji);
    /// Everything up to and including this message; sends read receipts.
    Result<void> markRead(ConversationKey conversation, MessageKey upTo);

    // ---- What others are told ----
    bool isAllowed(PrivacySetting setting) const;
    Result<void> setAllowed(PrivacySetting setting, bool isAllowed);
    /// A key was pressed, or (false) the text was sent or given up. Others hear of it at most every three
    /// seconds, and of its end three seconds after the last key. Never kept; lost when there is no link.
    void typing(ConversationKey conversation, bool isTyping);
    /// Whether that account says so (TypingChanged tells when it changes).
    bool isTyping(ConversationKey conversation, const AccountId& account) const;

    PresenceSharing presenceSharing() const;
    Result<void> setPresenceSharing(PresenceSharing sharing);
    /// This person looks at a conversation, and so is there: to be called when it is opened and every few
    /// minutes meanwhile. Its contact hears of it as far as both share it (PresenceChanged tells of theirs).
    void look(ConversationKey conversation);
    /// The person turned away: minutes later it is taken for granted.
    void away();
    /// What is known; in memory only.
    PresenceView presence(const AccountId& account) const;

    // ---- Search ----
    /// A page of what matches. Invalid, with the place of the fault, for a query that cannot be understood;
    /// NotFound for a name in it that is nobody's. At most 100 hits.
    Result<SearchPage> search(const SearchRequest& request);

    // ---- Completeness ----
    /// What arrived of every device's numbers, in one conversation or in all.
    Result<DeliveryReport> deliveryReport(const std::optional<ConversationKey>& conversation) const;
    /// What a contact's device asked for and is not sent without asking: returns how many messages it was.
    Result<std::int64_t> answerHeldResends(ContactKey contact, HeldAnswer answer);

    // ---- Named readers (sotto recv --as NAME) ----
    std::optional<MessageKey> readerPosition(const std::string& name) const;
    Result<void> setReaderPosition(const std::string& name, MessageKey position);

    /// For conditions that are looked at after every event.
    LinkView link() const;
    /// For people: counts whole tables.
    StatusView status() const;
    /// Everything that only an attack or a rolled-back peer explains, newest first.
    std::vector<AlarmEntry> alarms() const;

    // ---- The link, driven by the edge ----
    void start(); ///< wants to be connected from now on
    void stop();  ///< closes the link in good order
    /// Receipts wait a moment on purpose: send them now, the program is about to end.
    void hurry();
    /// Everything that waited at the relay is here, and nothing is left to send that could go now.
    bool isSettled() const;
    /// tlsKeyHash: SHA-256 of the SPKI the relay showed; zero on a plain loopback link.
    void onConnected(const Digest& tlsKeyHash);
    void onPacket(BytesView packet);
    void onDisconnected(const std::string& reason, LinkLoss loss = LinkLoss::Network);
    void onTimer();
    /// The computer's network changed or it woke up: try at once.
    void onNetworkChanged();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace sotto::core
