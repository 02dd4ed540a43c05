// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One line of a conversation as the history keeps it.

#include "core/base/ids.h"
#include "core/types/rich_text.h"

#include <optional>
#include <string>
#include <vector>

namespace sotto::core {

/// A conversation's row in this profile. Means nothing elsewhere.
enum class ConversationKey : std::int64_t {};
/// A message's row in this profile. Means nothing elsewhere.
enum class MessageKey : std::int64_t {};

/// How far a message has come. Grows only; one function changes it (messaging/send_state.h).
enum class MessageState : int {
    Received = 0,  ///< from somebody else
    Queued = 1,    ///< on this disk only
    Encrypted = 2, ///< its bytes are fixed and waiting for the relay
    Sent = 3,      ///< the relay has stored it
    Delivered = 4, ///< every recipient account has confirmed it
    Read = 5,
    Failed = 6, ///< cannot be sent; `detail` says why
};

enum class MessageKind : int {
    Text = 1,
    Placeholder = 2, ///< something that could not be read yet; `cause` says why
    Notice = 3,      ///< written by this client itself: new device, key change, alarm
    Gap = 4,         ///< numbers of a sender's chain that never came; `numbers` says which
    Deleted = 5,     ///< was a text or a notice: nothing of it is left but its id and its place
    Expired = 6,     ///< disappeared when its time was over: nothing is left but its id, and no page has it
};

/// Why a placeholder or gap stands where a message should be (core/types/cause.h says it in words).
enum class PlaceholderCause : int {
    None = 0,
    UnknownSession = 1,  ///< no session that could open it
    PrekeyGone = 2,      ///< made with a prekey this device no longer has
    Undecryptable = 3,   ///< a broken MAC
    PayloadMissing = 4,  ///< the header opened, its payload is missing or another
    UntrustedDevice = 5, ///< the device is not in its account's list, or with another key
    NewerFormat = 6,     ///< a suite of a later version
    Mismatch = 7,        ///< the inside contradicts the outside or the session: quarantined
    RatchetReused = 8,   ///< a key used twice: the sender was rolled back (R6)
    TooFarAhead = 9,     ///< more numbers of its chain are missing than may be skipped
    LinkedLater = 10,    ///< the relay says that it was sent before this device existed
    Missing = 11,        ///< a gap
    ClaimedExpired = 12, ///< a gap, and the relay says that it deleted mail of that time
    AuthorHasNot = 13,   ///< a gap that its author cannot fill any more
};

/// Numbers of one chain, both ends included.
struct NumberRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// A message as everybody who has it calls it.
struct MessageName {
    DeviceAddress sender;
    MessageId id;
    friend bool operator==(const MessageName&, const MessageName&) = default;
};

inline constexpr std::uint32_t kMaxRevisions = 100;  ///< edits of one message
inline constexpr std::size_t kMaxReactionBytes = 64; ///< of a reaction, in UTF-8

/// What there is of a message beside its row: bits of a set.
enum MessageExtra : std::uint32_t {
    kHasReactions = 1,
    kDeletedByAuthor = 2, ///< a Deleted line: its author took it back
    kHasQuote = 4,
    kExpires = 8,    ///< disappears some time after it was read
    kSetsTimer = 16, ///< a Notice: somebody changed how long messages of the conversation stay
    kHasStyles = 32, ///< of a text that it has or had
};

/// What an account thinks of a message: one sign.
struct Reaction {
    AccountId by;
    std::string emoji;       ///< one sign, at most kMaxReactionBytes; untrusted
    std::int64_t sentAt = 0; ///< the reacting side's wall clock
    friend bool operator==(const Reaction&, const Reaction&) = default;
};

/// How what a quote says relates to what was said.
enum class QuoteState : int {
    Verified = 0, ///< the original is here and begins, or once began, like this
    Missing = 1,  ///< the original is not here: nobody can tell
    Altered = 2,  ///< the original is here and never said that
    Deleted = 3,  ///< the original was deleted, and with it this copy
};

/// What a message answers.
struct Quote {
    MessageName target;
    std::string text; ///< the copy that came along, at most kMaxQuoteBytes; untrusted
    QuoteState state = QuoteState::Missing;
    friend bool operator==(const Quote&, const Quote&) = default;
};

inline constexpr std::size_t kQuoteBytes = 280;    ///< of the original, cut between code points
inline constexpr std::size_t kMaxQuoteBytes = 512; ///< taken from others

struct Message {
    MessageKey key{};
    MessageId id;
    ConversationKey conversation{};
    MessageKind kind = MessageKind::Text;
    MessageState state = MessageState::Received;
    bool outgoing = false;
    AccountId sender;
    DeviceNumber senderDevice{};
    std::string senderName;      ///< as this profile knows the sender; untrusted text
    std::string text;            ///< untrusted UTF-8, at most kMaxTextBytes
    Styles styles;               ///< canonical (core/text/styles.h)
    std::int64_t sentAt = 0;     ///< the sender's wall clock, milliseconds
    std::int64_t receivedAt = 0; ///< this device's wall clock
    Stamp stamp{};               ///< the relay's; 0 until sent
    PlaceholderCause cause = PlaceholderCause::None;
    std::optional<NumberRange> numbers; ///< of a Gap
    std::string detail;                 ///< for Failed and Notice: one sentence
    bool unread = false;
    bool isRequest = false;          ///< from a stranger whom the user has not accepted
    std::uint32_t revision = 0;      ///< how often it was edited; 0: as it was first sent
    bool deletedByAuthor = false;    ///< of a Deleted line
    std::vector<Reaction> reactions; ///< at most one of each account
    std::optional<Quote> quote;      ///< what it answers
    std::uint32_t expireSeconds = 0; ///< disappears so long after it was sent or read here; 0: it stays
    std::int64_t expiresAt = 0;      ///< this device's clock, milliseconds; 0: its time has not begun
    std::optional<std::uint32_t>
        timer; ///< of a Notice: messages disappear after so many seconds; 0: they stay
};

/// Who has confirmed an own message, and how far.
struct Confirmation {
    AccountId by;
    MessageState state = MessageState::Delivered;
    std::int64_t at = 0; ///< this device's wall clock
};

/// A text that a message had.
struct MessageVersion {
    std::uint32_t revision = 0;
    std::string text;        ///< untrusted UTF-8
    std::int64_t sentAt = 0; ///< the sender's wall clock
    Styles styles = {};
    friend bool operator==(const MessageVersion&, const MessageVersion&) = default;
};

/// How far one device of a recipient says it has everything of the chain that a message stands in.
struct DeviceDelivery {
    DeviceAddress device;
    bool hasIt = false;
};

/// All that is known of one message.
struct MessageInfo {
    Message message;
    std::uint64_t generation = 0;            ///< of its sender's device; 0: it has no number
    std::uint64_t seq = 0;                   ///< its number in that device's chain
    std::vector<Confirmation> confirmations; ///< of an own one
    std::int64_t resends = 0;                ///< how often somebody's device asked for it and got it
    std::vector<MessageVersion> versions;    ///< of an edited one: all, the first one first
    std::int64_t changesWaiting = 0;     ///< own edits, reactions and deletions of it not at the relay yet
    std::vector<DeviceDelivery> devices; ///< of an own one: of its recipients, as they told last
};

/// The longest that a message may stay which disappears: a leap year.
inline constexpr std::uint32_t kMaxExpireSeconds = 366U * 24 * 3600;

inline constexpr std::size_t kMaxTextBytes = 64 * 1024;

/// Some consecutive messages, oldest first.
struct MessagePage {
    std::vector<Message> messages;
    std::vector<std::string> places; ///< of each message: a cursor too
    std::string before;              ///< cursor for the page before; empty: nothing older
    std::string after;               ///< cursor for the page after; empty: nothing newer yet
};

} // namespace sotto::core
