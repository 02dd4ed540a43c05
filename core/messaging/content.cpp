// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/content.h"

#include "core/base/hash.h"
#include "core/messaging/content.pb.h"
#include "core/text/styles.h"

#include <unicode/utf8.h>

namespace sotto::core {
namespace {

/// Numbers stay far from the end of their range.
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 62U;

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

void setNumbers(pb::Numbers* out, const Numbers& numbers) {
    out->set_conversation(stringOf(numbers.conversation.view()));
    out->set_device(number(numbers.device));
    out->set_generation(numbers.generation);
    out->set_first(numbers.first);
    out->set_last(numbers.last);
}

void setRepair(pb::Repair* out, const RepairBody& repair) {
    for (const SendId& id : repair.sends) {
        out->add_send_id(stringOf(id.view()));
    }
    out->set_stamp(number(repair.stamp));
    out->set_content(stringOf(repair.content));
    if (repair.gone) {
        setNumbers(out->mutable_gone(), *repair.gone);
    }
}

void setRequest(pb::ResendRequest* out, const ResendRequestBody& request) {
    for (const auto& unread : request.unread) {
        auto* entry = out->add_unread();
        entry->set_send_id(stringOf(unread.sendId.view()));
        entry->set_header_hash(stringOf(unread.headerHash.view()));
    }
    for (const Numbers& missing : request.missing) {
        setNumbers(out->add_missing(), missing);
    }
    out->set_heads(request.heads);
}

void setTarget(pb::Target* out, const MessageName& target) {
    out->set_account(stringOf(target.sender.account.view()));
    out->set_device(number(target.sender.device));
    out->set_message_id(stringOf(target.id.view()));
}

template <class Out>
void setStyles(Out* out, const Styles& styles) {
    for (const StyledRange& range : styles) {
        auto* entry = out->add_styles();
        entry->set_kind(static_cast<std::uint32_t>(range.style));
        entry->set_begin(range.begin);
        entry->set_length(range.length);
        if (!range.address.empty()) {
            entry->set_address(range.address);
        }
    }
}

void setBody(pb::Content& out, const Body& body) {
    std::visit(
        Overloaded{
            [&](const TextBody& text) {
                out.mutable_text()->set_text(text.text);
                if (text.quote) {
                    auto* quote = out.mutable_text()->mutable_quote();
                    setTarget(quote->mutable_target(), text.quote->target);
                    quote->set_text(text.quote->text);
                }
                if (text.expireSeconds != 0) {
                    out.mutable_text()->set_expire(text.expireSeconds);
                }
                setStyles(out.mutable_text(), text.styles);
            },
            [&](const ReceiptsBody& receipts) {
                for (const auto& receipt : receipts.receipts) {
                    auto* entry = out.mutable_receipts()->add_receipts();
                    entry->set_message_id(stringOf(receipt.message.view()));
                    entry->set_state(receipt.state == MessageState::Read ? pb::READ : pb::DELIVERED);
                }
            },
            [&](const TurnBody& turn) {
                for (const Numbers& head : turn.received) {
                    setNumbers(out.mutable_turn()->add_received(), head);
                }
                for (const Numbers& head : turn.own) {
                    setNumbers(out.mutable_turn()->add_own(), head);
                }
                out.mutable_turn();
            },
            [&](const ResendRequestBody& request) { setRequest(out.mutable_resend_request(), request); },
            [&](const RepairBody& repair) { setRepair(out.mutable_repair(), repair); },
            [&](const EditBody& edit) {
                setTarget(out.mutable_edit()->mutable_target(), edit.target);
                out.mutable_edit()->set_revision(edit.revision);
                out.mutable_edit()->set_text(edit.text);
                setStyles(out.mutable_edit(), edit.styles);
            },
            [&](const DeletionBody& deletion) {
                setTarget(out.mutable_deletion()->mutable_target(), deletion.target);
            },
            [&](const ReactionBody& reaction) {
                setTarget(out.mutable_reaction()->mutable_target(), reaction.target);
                out.mutable_reaction()->set_revision(reaction.revision);
                out.mutable_reaction()->set_emoji(reaction.emoji);
            },
            [&](const TypingBody& typing) { out.mutable_typing()->set_typing(typing.isTyping); },
            [&](const PresenceBody& presence) {
                auto* entry = out.mutable_presence();
                entry->set_state(static_cast<std::uint32_t>(presence.state));
                entry->set_ago(presence.agoSeconds);
                entry->set_exact(presence.isExact);
                entry->set_looks(presence.looks);
            },
            [&](const TimerBody& timer) {
                out.mutable_timer()->set_seconds(timer.seconds);
                out.mutable_timer()->set_revision(timer.revision);
            },
            [](const UnknownBody&) {}},
        body);
}

std::optional<Numbers> readNumbers(const pb::Numbers& in) {
    const auto conversation = ConversationId::from(viewOf(in.conversation()));
    if (!conversation || in.device() == 0 || in.generation() == 0 || in.generation() > kMaxNumber ||
        in.last() > kMaxNumber || in.first() > in.last()) {
        return std::nullopt;
    }
    return Numbers{*conversation, DeviceNumber{in.device()}, in.generation(), in.first(), in.last()};
}

template <class Repeated>
std::optional<std::vector<Numbers>> readAllNumbers(const Repeated& in) {
    std::vector<Numbers> numbers;
    for (const pb::Numbers& entry : in) {
        const auto read = readNumbers(entry);
        if (!read || numbers.size() == kMaxNumbers) {
            return std::nullopt;
        }
        numbers.push_back(*read);
    }
    return numbers;
}

std::optional<Body> readTurn(const pb::Turn& in) {
    auto received = readAllNumbers(in.received());
    auto own = readAllNumbers(in.own());
    return received && own ? std::optional<Body>(TurnBody{std::move(*received), std::move(*own)})
                           : std::nullopt;
}

std::optional<Body> readRequest(const pb::ResendRequest& in) {
    ResendRequestBody body;
    auto missing = readAllNumbers(in.missing());
    if (!missing || static_cast<std::size_t>(in.unread_size()) > kMaxNumbers) {
        return std::nullopt;
    }
    body.missing = std::move(*missing);
    for (const pb::Unread& entry : in.unread()) {
        const auto sendId = SendId::from(viewOf(entry.send_id()));
        const auto hash = HeaderHash::from(viewOf(entry.header_hash()));
        if (!sendId || !hash) {
            return std::nullopt;
        }
        body.unread.push_back({*sendId, *hash});
    }
    body.heads = in.heads();
    return body;
}

std::optional<Body> readRepair(const pb::Repair& in) {
    RepairBody body;
    for (const std::string& bytes : in.send_id()) {
        const auto id = SendId::from(viewOf(bytes));
        if (!id || body.sends.size() == kMaxRepaired) {
            return std::nullopt;
        }
        body.sends.push_back(*id);
    }
    body.stamp = Stamp{in.stamp()};
    body.content = bytesOf(viewOf(in.content()));
    body.gone = in.has_gone() ? readNumbers(in.gone()) : std::nullopt;
    return body.content.empty() == body.gone.has_value() && in.has_gone() == body.gone.has_value()
               ? std::optional<Body>(std::move(body))
               : std::nullopt;
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

std::optional<MessageName> readTarget(const pb::Target& in) {
    const auto account = AccountId::from(viewOf(in.account()));
    const auto id = MessageId::from(viewOf(in.message_id()));
    return account && id && !id->isZero() && in.device() != 0
               ? std::optional(MessageName{{*account, DeviceNumber{in.device()}}, *id})
               : std::nullopt;
}

bool isText(const std::string& text) {
    return !text.empty() && text.size() <= kMaxTextBytes && isValidUtf8(text);
}

/// Never a reason to refuse the text.
template <class In>
Styles readStyles(const std::string& text, const In& in) {
    Styles styles;
    if (static_cast<std::size_t>(in.size()) > kMaxStyledRanges) {
        return {};
    }
    for (const pb::Style& style : in) {
        if (style.kind() >= static_cast<std::uint32_t>(TextStyle::Bold) &&
            style.kind() <= static_cast<std::uint32_t>(TextStyle::Link)) {
            styles.push_back(
                {static_cast<TextStyle>(style.kind()), style.begin(), style.length(), style.address()});
        }
    }
    return canonicalStyles(text, std::move(styles)).value_or(Styles());
}

std::optional<Body> readText(const pb::Text& in) {
    if (!isText(in.text()) || in.expire() > kMaxExpireSeconds) {
        return std::nullopt;
    }
    TextBody body{in.text()};
    body.expireSeconds = static_cast<std::uint32_t>(in.expire());
    body.styles = readStyles(in.text(), in.styles());
    if (in.has_quote()) {
        const auto target = readTarget(in.quote().target());
        if (!target || in.quote().text().size() > kMaxQuoteBytes || !isValidUtf8(in.quote().text())) {
            return std::nullopt;
        }
        body.quote = Quote{*target, in.quote().text(), QuoteState::Missing};
    }
    return body;
}

std::optional<Body> readEdit(const pb::Edit& in) {
    const auto target = readTarget(in.target());
    return target && in.revision() != 0 && in.revision() <= kMaxRevisions && isText(in.text())
               ? std::optional<Body>(
                     EditBody{*target, in.revision(), in.text(), readStyles(in.text(), in.styles())})
               : std::nullopt;
}

std::optional<Body> readDeletion(const pb::Deletion& in) {
    const auto target = readTarget(in.target());
    return target ? std::optional<Body>(DeletionBody{*target}) : std::nullopt;
}

std::optional<Body> readReaction(const pb::Reaction& in) {
    const auto target = readTarget(in.target());
    return target && in.revision() != 0 && in.revision() <= kMaxNumber &&
                   in.emoji().size() <= kMaxReactionBytes && isValidUtf8(in.emoji())
               ? std::optional<Body>(ReactionBody{*target, in.revision(), in.emoji()})
               : std::nullopt;
}

std::optional<Body> readTimer(const pb::Timer& in) {
    return in.seconds() <= kMaxExpireSeconds && in.revision() != 0 && in.revision() <= kMaxNumber
               ? std::optional<Body>(TimerBody{static_cast<std::uint32_t>(in.seconds()), in.revision()})
               : std::nullopt;
}

std::optional<Body> readPresence(const pb::Presence& in) {
    if (in.ago() > kMaxExpireSeconds) {
        return std::nullopt;
    }
    PresenceBody body;
    body.isExact = in.exact();
    body.looks = in.looks();
    if (in.state() <= static_cast<std::uint32_t>(PresenceBody::State::LastSeen)) {
        body.state = static_cast<PresenceBody::State>(in.state());
    }
    body.agoSeconds = body.state == PresenceBody::State::LastSeen ? in.ago() : 0;
    return body;
}

std::optional<Body> readBody(const pb::Content& in) {
    switch (in.body_case()) {
    case pb::Content::kText:
        return readText(in.text());
    case pb::Content::kReceipts:
        if (auto receipts = readReceipts(in.receipts())) {
            return std::move(*receipts);
        }
        return std::nullopt;
    case pb::Content::kTurn:
        return readTurn(in.turn());
    case pb::Content::kResendRequest:
        return readRequest(in.resend_request());
    case pb::Content::kRepair:
        return readRepair(in.repair());
    case pb::Content::kEdit:
        return readEdit(in.edit());
    case pb::Content::kDeletion:
        return readDeletion(in.deletion());
    case pb::Content::kTyping:
        return TypingBody{in.typing().typing()};
    case pb::Content::kPresence:
        return readPresence(in.presence());
    case pb::Content::kReaction:
        return readReaction(in.reaction());
    case pb::Content::kTimer:
        return readTimer(in.timer());
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
    // The first of a chain has no previous, every later one has.
    const bool chained = numbered ? (in.seq() == 1) == in.previous().empty() : in.previous().empty();
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
