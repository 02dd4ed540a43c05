// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The content of a payload as values: encoding, and decoding with every length checked.

#include "core/base/result.h"
#include "core/types/message.h"

#include <optional>
#include <variant>
#include <vector>

namespace sotto::core {

inline constexpr std::uint32_t kContentVersion = 1;
inline constexpr std::size_t kMaxReceipts = 500; ///< in one content
inline constexpr std::size_t kMaxRepaired = 8;   ///< sends that one repair stands for
inline constexpr std::size_t kMaxNumbers = 200;  ///< entries of one turn or resend request, of each kind

struct TextBody {
    std::string text;
    std::optional<Quote> quote = {}; ///< its state means nothing here
    std::uint32_t expireSeconds = 0; ///< at most kMaxExpireSeconds; 0: it stays
    Styles styles = {};              ///< canonical
    friend bool operator==(const TextBody&, const TextBody&) = default;
};
struct ReceiptsBody {
    struct Receipt {
        MessageId message;
        MessageState state = MessageState::Delivered; ///< Delivered or Read
        friend bool operator==(const Receipt&, const Receipt&) = default;
    };
    std::vector<Receipt> receipts;
    friend bool operator==(const ReceiptsBody&, const ReceiptsBody&) = default;
};
/// Numbers of one device's contents in a conversation, both ends included.
struct Numbers {
    ConversationId conversation;
    DeviceNumber device{};
    std::uint64_t generation = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const Numbers&, const Numbers&) = default;
};
/// How far both sides are (docs/PROTOCOL.md, "Turns").
struct TurnBody {
    std::vector<Numbers> received; ///< of the recipient's devices: all up to `last` is here
    std::vector<Numbers>
        own; ///< of the sending device: from the first for the recipient (0: not known) to the last given out
    friend bool operator==(const TurnBody&, const TurnBody&) = default;
};
/// Asks an author for what could not be read or never came.
struct ResendRequestBody {
    struct Unread {
        SendId sendId;
        HeaderHash headerHash;
        friend bool operator==(const Unread&, const Unread&) = default;
    };
    std::vector<Unread> unread;
    std::vector<Numbers> missing;
    bool heads = false; ///< wants a turn
    friend bool operator==(const ResendRequestBody&, const ResendRequestBody&) = default;
};
/// An earlier content once more, or the word that there is none.
struct RepairBody {
    /// The one that is repaired; was it a repair itself, then what it repaired, and so on.
    std::vector<SendId> sends;
    Stamp stamp{}; ///< the relay's at the first time
    Bytes content; ///< the exact bytes; empty: `gone` says what will not come
    std::optional<Numbers> gone;
    friend bool operator==(const RepairBody&, const RepairBody&) = default;
};
/// Another text for a message of the sender's.
struct EditBody {
    MessageName target;
    std::uint32_t revision = 0; ///< 1 to kMaxRevisions
    std::string text;
    Styles styles = {}; ///< canonical
    friend bool operator==(const EditBody&, const EditBody&) = default;
};
/// A message of the sender's is to go everywhere.
struct DeletionBody {
    MessageName target;
    friend bool operator==(const DeletionBody&, const DeletionBody&) = default;
};
/// The one sign of the sender under a message of either side.
struct ReactionBody {
    MessageName target;
    std::uint64_t revision = 0; ///< from 1
    std::string emoji;          ///< at most kMaxReactionBytes; empty: none any more
    friend bool operator==(const ReactionBody&, const ReactionBody&) = default;
};
/// The sender is writing something, or not any more.
struct TypingBody {
    bool isTyping = false;
    friend bool operator==(const TypingBody&, const TypingBody&) = default;
};
/// Whether the sender is there.
struct PresenceBody {
    enum class State : std::uint32_t { Nothing = 0, Recently = 1, Online = 2, LastSeen = 3 };
    State state = State::Nothing;
    std::uint32_t agoSeconds = 0; ///< of LastSeen: at most kMaxExpireSeconds
    bool isExact = false;         ///< the sender shares exactly with whoever does, too
    bool looks = false;           ///< and wants to hear of changes for a while
    friend bool operator==(const PresenceBody&, const PresenceBody&) = default;
};
/// How long new messages of the conversation stay.
struct TimerBody {
    std::uint32_t seconds = 0;  ///< at most kMaxExpireSeconds; 0: they stay
    std::uint64_t revision = 0; ///< from 1
    friend bool operator==(const TimerBody&, const TimerBody&) = default;
};
/// A body of a later version: keep the bytes (R20).
struct UnknownBody {
    friend bool operator==(const UnknownBody&, const UnknownBody&) = default;
};
using Body = std::variant<TextBody, ReceiptsBody, TurnBody, ResendRequestBody, RepairBody, EditBody,
                          DeletionBody, ReactionBody, TypingBody, PresenceBody, TimerBody, UnknownBody>;

/// Whether contents with this body change a message that was said before.
constexpr bool isAmendment(const Body& body) {
    return std::holds_alternative<EditBody>(body) || std::holds_alternative<DeletionBody>(body) ||
           std::holds_alternative<ReactionBody>(body);
}

struct Content {
    DeviceAddress sender;
    ConversationId conversation;
    std::uint64_t conversationEpoch = 0;
    MessageId message;
    std::uint64_t generation = 0;
    std::uint64_t seq = 0; ///< 0: not numbered
    std::optional<Digest> previous;
    std::int64_t sentAt = 0;
    FixedBytes<struct SaltTag, 32> salt;
    Body body;
};

enum class ContentError {
    Malformed,
    NewerVersion, ///< keep the bytes
};

Bytes encodeContent(const Content& content);
Expected<Content, ContentError> decodeContent(BytesView bytes);
/// What the sender's next numbered content names as its previous.
Digest contentHash(BytesView contentBytes);

/// An invisible body alone, as the outbox keeps it.
Bytes encodeBody(const Body& body);
std::optional<Body> decodeBody(BytesView bytes);

bool isValidUtf8(std::string_view text);

} // namespace sotto::core
