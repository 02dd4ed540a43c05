// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/content.h"

#include "core/base/hash.h"
#include "core/messaging/content.pb.h"

#include <unicode/utf8.h>

namespace sotto::core {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

void setBody(pb::Content& out, const Body& body) {
    std::visit(Overloaded{[&](const TextBody& text) { out.mutable_text()->set_text(text.text); },
                          [&](const ReceiptsBody& receipts) {
                              for (const auto& receipt : receipts.receipts) {
                                  auto* entry = out.mutable_receipts()->add_receipts();
                                  entry->set_message_id(stringOf(receipt.message.view()));
                                  entry->set_state(receipt.state == MessageState::Read ? pb::READ
                                                                                       : pb::DELIVERED);
                              }
                          },
                          [](const UnknownBody&) {}},
               body);
}

std::optional<ReceiptsBody> readReceipts(const pb::Receipts& in) {
    ReceiptsBody body;
    if (in.receipts_size() == 0 || static_cast<std::size_t>(in.receipts_size()) > kMaxReceipts) {
        return std::nullopt;
    }
    for (const pb::Receipt& receipt : in.receipts()) {
        const auto id = MessageId::from(viewOf(receipt.message_id()));
        if (!id) {
            return std::nullopt;
        }
        // A state of a later version tells nothing here, and is no reason to refuse the others.
        if (receipt.state() == pb::DELIVERED || receipt.state() == pb::READ) {
            body.receipts.push_back(
                {*id, receipt.state() == pb::READ ? MessageState::Read : MessageState::Delivered});
        }
    }
    return body;
}

std::optional<Body> readBody(const pb::Content& in) {
    switch (in.body_case()) {
    case pb::Content::kText:
        if (in.text().text().empty() || in.text().text().size() > kMaxTextBytes ||
            !isValidUtf8(in.text().text())) {
            return std::nullopt;
        }
        return TextBody{in.text().text()};
    case pb::Content::kReceipts:
        if (auto receipts = readReceipts(in.receipts())) {
            return std::move(*receipts);
        }
        return std::nullopt;
    case pb::Content::BODY_NOT_SET:
        return UnknownBody{};
    }
    return std::nullopt;
}

Bytes serialise(const pb::Content& content) {
    Bytes bytes(content.ByteSizeLong());
    content.SerializeWithCachedSizesToArray(bytes.data());
    return bytes;
}

} // namespace

Bytes encodeContent(const Content& content) {
    pb::Content out;
    out.set_version(kContentVersion);
    out.set_sender_account(stringOf(content.sender.account.view()));
    out.set_sender_device(number(content.sender.device));
    out.set_conversation(stringOf(content.conversation.view()));
    out.set_conversation_epoch(content.conversationEpoch);
    out.set_message_id(stringOf(content.message.view()));
    out.set_generation(content.generation);
    out.set_seq(content.seq);
    if (content.previous) {
        out.set_previous(stringOf(content.previous->view()));
    }
    out.set_sent_at(content.sentAt);
    out.set_salt(stringOf(content.salt.view()));
    setBody(out, content.body);
    return serialise(out);
}

Expected<Content, ContentError> decodeContent(BytesView bytes) {
    pb::Content in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return unexpected(ContentError::Malformed);
    }
    if (in.version() > kContentVersion) {
        return unexpected(ContentError::NewerVersion);
    }
    const auto account = AccountId::from(viewOf(in.sender_account()));
    const auto conversation = ConversationId::from(viewOf(in.conversation()));
    const auto message = MessageId::from(viewOf(in.message_id()));
    const auto salt = FixedBytes<struct SaltTag, 32>::from(viewOf(in.salt()));
    const auto previous = Digest::from(viewOf(in.previous()));
    auto body = readBody(in);
    const bool numbered = in.seq() != 0;
    // The first of a chain has no previous, every later one has; numbers stay far from the end of their
    // range.
    const bool chained = numbered ? (in.seq() == 1) == in.previous().empty() : in.previous().empty();
    constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 62U;
    if (in.version() == 0 || !account || in.sender_device() == 0 || !conversation || !message ||
        message->isZero() || !salt || (!in.previous().empty() && !previous) || !chained ||
        in.seq() > kMaxNumber || in.generation() > kMaxNumber || !body) {
        return unexpected(ContentError::Malformed);
    }
    Content content;
    content.sender = {*account, DeviceNumber{in.sender_device()}};
    content.conversation = *conversation;
    content.conversationEpoch = in.conversation_epoch();
    content.message = *message;
    content.generation = in.generation();
    content.seq = in.seq();
    content.previous = previous;
    content.sentAt = in.sent_at();
    content.salt = *salt;
    content.body = std::move(*body);
    return content;
}

Digest contentHash(BytesView contentBytes) {
    return labelledHash("sotto content 1", contentBytes);
}

Bytes encodeBody(const Body& body) {
    pb::Content out;
    setBody(out, body);
    return serialise(out);
}

std::optional<Body> decodeBody(BytesView bytes) {
    pb::Content in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return std::nullopt;
    }
    return readBody(in);
}

bool isValidUtf8(std::string_view text) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    for (std::size_t i = 0; i < text.size();) {
        UChar32 codePoint = 0;
        U8_NEXT(bytes, i, text.size(), codePoint);
        if (codePoint < 0) {
            return false;
        }
    }
    return true;
}

} // namespace sotto::core
