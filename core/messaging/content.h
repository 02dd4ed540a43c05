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

struct TextBody {
    std::string text;
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
/// A body of a later version: keep the bytes (R20).
struct UnknownBody {
    friend bool operator==(const UnknownBody&, const UnknownBody&) = default;
};
using Body = std::variant<TextBody, ReceiptsBody, UnknownBody>;

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
