// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/objects.h"

#include "core/types/cause.h"

#include <charconv>
#include <cstdio>

namespace sotto::rpc {

namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}
QString words(std::string_view utf8) {
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}
QJsonValue integer(std::int64_t value) {
    return {static_cast<qint64>(value)};
}
QJsonValue integer(std::uint64_t value) {
    return {static_cast<qint64>(value)};
}

std::string accountText(const AccountId& account) {
    return "acct_" + account.hex();
}

const char* nameOf(core::Trust trust) {
    switch (trust) {
    case core::Trust::FirstUse:
        return "first_use";
    case core::Trust::Link:
        return "link";
    case core::Trust::Verified:
        return "verified";
    }
    return "first_use";
}

const char* nameOf(core::Standing standing) {
    switch (standing) {
    case core::Standing::Accepted:
        return "accepted";
    case core::Standing::Request:
        return "request";
    case core::Standing::Blocked:
        return "blocked";
    }
    return "accepted";
}

/// A decimal number and nothing else.
std::optional<std::int64_t> decimal(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty() || value < 0) {
        return std::nullopt;
    }
    return value;
}

} // namespace

const char* nameOf(core::MessageKind kind) {
    switch (kind) {
    case core::MessageKind::Text:
        return "text";
    case core::MessageKind::Placeholder:
        return "placeholder";
    case core::MessageKind::Notice:
        return "notice";
    case core::MessageKind::Gap:
        return "gap";
    case core::MessageKind::Deleted:
        return "deleted";
    case core::MessageKind::Expired:
        return "expired";
    }
    return "notice";
}

std::string nameOf(core::PlaceholderCause cause) {
    return std::string(core::textOf(cause).reason);
}

const char* nameOf(core::MessageState state) {
    switch (state) {
    case core::MessageState::Received:
        return "received";
    case core::MessageState::Queued:
        return "queued";
    case core::MessageState::Encrypted:
        return "encrypted";
    case core::MessageState::Sent:
        return "sent";
    case core::MessageState::Delivered:
        return "delivered";
    case core::MessageState::Read:
        return "read";
    case core::MessageState::Failed:
        return "failed";
    }
    return "failed";
}

const char* nameOf(core::QuoteState state) {
    switch (state) {
    case core::QuoteState::Verified:
        return "verified";
    case core::QuoteState::Missing:
        return "missing";
    case core::QuoteState::Altered:
        return "altered";
    case core::QuoteState::Deleted:
        return "deleted";
    }
    return "missing";
}

const char* nameOf(core::LinkState state) {
    switch (state) {
    case core::LinkState::Offline:
        return "offline";
    case core::LinkState::Connecting:
        return "connecting";
    case core::LinkState::Online:
        return "online";
    case core::LinkState::Drained:
        return "drained";
    case core::LinkState::Stopped:
        return "stopped";
    }
    return "offline";
}

// By hand: QDateTime costs a command that prints one line the loading of its time zone tables.
std::string rfc3339(std::int64_t unixMs) {
    const auto time = wallTime(unixMs);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return buffer.data();
}

QJsonObject objectOf(const char* type, const std::string& id, std::int64_t unixMs) {
    return {{"type", type},
            {"v", kObjectVersion},
            {"id", text(id)},
            {"ts", integer(unixMs)},
            {"time", text(rfc3339(unixMs))}};
}

QJsonObject accountObject(const core::AccountView& account, std::int64_t now) {
    QJsonObject object = objectOf("account", accountText(account.account), now);
    object["name"] = text(account.name);
    object["account"] = text(account.account.hex());
    object["device"] = static_cast<int>(number(account.device));
    object["relay"] = text(account.relay.host + ":" + std::to_string(account.relay.port));
    object["registered"] = account.registered;
    object["signer_epoch"] = integer(account.signerEpoch);
    object["list_version"] = integer(account.listVersion);
    return object;
}

QJsonObject contactObject(const core::Contact& contact, std::int64_t now) {
    QJsonObject object = objectOf("contact", accountText(contact.account), now);
    object["name"] = text(contact.name);
    object["account"] = text(contact.account.hex());
    object["trust"] = nameOf(contact.trust);
    if (contact.changedTo) {
        object["changed_to"] = text(contact.changedTo->hex());
    }
    object["signer_epoch"] = integer(contact.signerEpoch);
    object["list_version"] = integer(contact.listVersion);
    object["devices"] = static_cast<int>(contact.devices);
    object["accepted"] = contact.accepted;
    object["blocked"] = contact.blocked;
    return object;
}

QJsonObject conversationObject(const core::ConversationEntry& conversation) {
    QJsonObject object = objectOf("conversation", conversationText(conversation.key), conversation.newestAt);
    object["title"] = text(conversation.title);
    QJsonArray members;
    for (const AccountId& member : conversation.members) {
        members.append(text(member.hex()));
    }
    object["members"] = members;
    object["preview"] = text(conversation.preview);
    object["standing"] = nameOf(conversation.standing);
    object["unread"] = integer(conversation.unread);
    object["pinned"] = conversation.isPinned;
    object["archived"] = conversation.isArchived;
    object["muted_until"] = integer(conversation.mutedUntil);
    object["expire_s"] = integer(std::int64_t{conversation.expireSeconds});
    if (!conversation.draft.empty()) {
        object["draft"] = text(conversation.draft);
    }
    return object;
}

const char* nameOf(core::PresenceView::Kind kind) {
    switch (kind) {
    case core::PresenceView::Kind::Unknown:
        return "unknown";
    case core::PresenceView::Kind::Recently:
        return "recently";
    case core::PresenceView::Kind::Online:
        return "online";
    case core::PresenceView::Kind::LastSeen:
        return "last_seen";
    }
    return "unknown";
}

const char* nameOf(core::PresenceSharing sharing) {
    switch (sharing) {
    case core::PresenceSharing::Off:
        return "off";
    case core::PresenceSharing::Recently:
        return "recently";
    case core::PresenceSharing::Exact:
        return "exact";
    }
    return "off";
}

QJsonObject presenceObject(core::ConversationKey conversation, const AccountId& account,
                           const core::PresenceView& presence, std::int64_t now) {
    QJsonObject object = objectOf("presence", conversationText(conversation), now);
    object["account"] = text(account.hex());
    object["presence"] = nameOf(presence.kind);
    if (presence.kind == core::PresenceView::Kind::LastSeen) {
        object["seen_ts"] = integer(presence.at);
    }
    return object;
}

const char* nameOf(core::TextStyle style) {
    switch (style) {
    case core::TextStyle::Bold:
        return "bold";
    case core::TextStyle::Italic:
        return "italic";
    case core::TextStyle::Strikethrough:
        return "strikethrough";
    case core::TextStyle::Code:
        return "code";
    case core::TextStyle::CodeBlock:
        return "code_block";
    case core::TextStyle::Link:
        return "link";
    }
    return "bold";
}

QJsonArray stylesArray(const core::Styles& styles) {
    QJsonArray array;
    for (const core::StyledRange& range : styles) {
        QJsonObject object{{"style", nameOf(range.style)},
                           {"begin", integer(std::int64_t{range.begin})},
                           {"length", integer(std::int64_t{range.length})}};
        if (!range.address.empty()) {
            object["address"] = text(range.address);
        }
        array.append(object);
    }
    return array;
}

QJsonArray versionsArray(const std::vector<core::MessageVersion>& versions) {
    QJsonArray array;
    for (const core::MessageVersion& version : versions) {
        QJsonObject object{{"revision", static_cast<int>(version.revision)},
                           {"text", text(version.text)},
                           {"ts", integer(version.sentAt)}};
        if (!version.styles.empty()) {
            object["styles"] = stylesArray(version.styles);
        }
        array.append(object);
    }
    return array;
}

QJsonArray reactionsArray(const std::vector<core::Reaction>& reactions) {
    QJsonArray array;
    for (const core::Reaction& reaction : reactions) {
        array.append(QJsonObject{{"account", text(reaction.by.hex())},
                                 {"emoji", text(reaction.emoji)},
                                 {"ts", integer(reaction.sentAt)}});
    }
    return array;
}

QJsonObject messageObject(const core::Message& message) {
    const std::int64_t at = number(message.stamp) != 0 ? milliseconds(message.stamp) : message.sentAt;
    QJsonObject object = objectOf("message", messageIdText(message.id), at);
    object["cursor"] = text(cursorText(message.key));
    object["conversation"] = text(conversationText(message.conversation));
    object["kind"] = nameOf(message.kind);
    object["direction"] = message.outgoing ? "out" : "in";
    object["state"] = nameOf(message.state);
    object["from"] = QJsonObject{{"account", text(message.sender.hex())},
                                 {"name", text(message.senderName)},
                                 {"device", static_cast<int>(number(message.senderDevice))}};
    object["text"] = text(message.text);
    if (!message.styles.empty()) {
        object["styles"] = stylesArray(message.styles);
    }
    object["sent_ts"] = integer(message.sentAt);
    object["received_ts"] = integer(message.receivedAt);
    // As text: 64 bits do not survive a reader whose numbers are doubles.
    object["stamp"] = QString::number(static_cast<qulonglong>(number(message.stamp)));
    if (message.cause != core::PlaceholderCause::None) {
        const core::CauseText cause = core::textOf(message.cause);
        object["reason"] = words(cause.reason);
        object["explanation"] = words(cause.sentence);
        object["action"] = words(cause.action);
    }
    if (message.numbers) {
        object["first"] = integer(message.numbers->first);
        object["last"] = integer(message.numbers->last);
    }
    if (!message.detail.empty()) {
        object["detail"] = text(message.detail);
    }
    object["unread"] = message.unread;
    if (message.isRequest) {
        object["request"] = true;
    }
    if (message.revision != 0) {
        object["revision"] = static_cast<int>(message.revision);
    }
    if (message.deletedByAuthor) {
        object["deleted_by"] = "author";
    }
    if (message.expireSeconds != 0) {
        object["expire_s"] = integer(std::int64_t{message.expireSeconds});
    }
    if (message.expiresAt != 0) {
        object["expires_ts"] = integer(message.expiresAt);
    }
    if (message.timer) {
        object["timer_s"] = integer(std::int64_t{*message.timer});
    }
    if (!message.reactions.empty()) {
        object["reactions"] = reactionsArray(message.reactions);
    }
    if (message.quote) {
        object["reply_to"] = QJsonObject{{"id", text(messageIdText(message.quote->target.id))},
                                         {"account", text(message.quote->target.sender.account.hex())},
                                         {"text", text(message.quote->text)},
                                         {"state", nameOf(message.quote->state)}};
    }
    return object;
}

QJsonObject messageInfoObject(const core::MessageInfo& info) {
    QJsonObject object = messageObject(info.message);
    if (info.generation != 0) {
        object["generation"] = integer(info.generation);
        object["seq"] = integer(info.seq);
    }
    if (!info.versions.empty()) {
        object["versions"] = versionsArray(info.versions);
    }
    object["changes_waiting"] = integer(info.changesWaiting);
    if (info.message.outgoing) {
        object["resends"] = integer(info.resends);
        QJsonArray confirmations;
        for (const core::Confirmation& confirmation : info.confirmations) {
            confirmations.append(QJsonObject{{"account", text(confirmation.by.hex())},
                                             {"state", nameOf(confirmation.state)},
                                             {"ts", integer(confirmation.at)}});
        }
        object["confirmations"] = confirmations;
        QJsonArray devices;
        for (const core::DeviceDelivery& delivery : info.devices) {
            devices.append(QJsonObject{{"account", text(delivery.device.account.hex())},
                                       {"device", static_cast<int>(number(delivery.device.device))},
                                       {"has_it", delivery.hasIt}});
        }
        object["devices"] = devices;
    }
    return object;
}

QJsonObject changeObject(const core::Message& message, std::int64_t now) {
    QJsonObject object = objectOf("change", messageIdText(message.id), now);
    object["conversation"] = text(conversationText(message.conversation));
    object["message"] = messageObject(message);
    return object;
}

QJsonObject stateObject(const core::Message& message, std::int64_t now) {
    QJsonObject object = objectOf("state", messageIdText(message.id), now);
    object["conversation"] = text(conversationText(message.conversation));
    object["state"] = nameOf(message.state);
    if (!message.detail.empty()) {
        object["detail"] = text(message.detail);
    }
    return object;
}

namespace {

/// Each bucket by its upper bound, and the rest; buckets that nothing fell into are left out.
QJsonObject histogramObject(const Histogram& histogram) {
    QJsonObject object{{"count", integer(histogram.count())}, {"sum_ms", integer(histogram.sumMs())}};
    QJsonObject buckets;
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
        if (histogram.counts()[i] != 0) {
            buckets[i < Histogram::kBoundsMs.size() ? QString::number(Histogram::kBoundsMs[i]) : "more"] =
                integer(histogram.counts()[i]);
        }
    }
    object["at_most_ms"] = buckets;
    return object;
}

QJsonObject countersObject(const core::Counters& counters) {
    return {{"connects", integer(counters.connects)},
            {"logins", integer(counters.logins)},
            {"unanswered", integer(counters.unanswered)},
            {"silences", integer(counters.silences)},
            {"received", integer(counters.received)},
            {"duplicates", integer(counters.duplicates)},
            {"repaired", integer(counters.repaired)},
            {"queued_to_sent", histogramObject(counters.queuedToSent)},
            {"queued_to_delivered", histogramObject(counters.queuedToDelivered)}};
}

} // namespace

QJsonObject statusObject(const core::StatusView& status, const std::string& id, std::int64_t now) {
    QJsonObject object = objectOf("status", id, now);
    object["link"] = nameOf(status.link.state);
    object["reason"] = text(status.link.reason);
    object["queued"] = integer(status.queued);
    object["held"] = integer(status.held);
    object["placeholders"] = integer(status.placeholders);
    object["refused"] = integer(status.refused);
    object["gaps"] = integer(status.gaps);
    object["resends_held"] = integer(status.resendsHeld);
    object["unread"] = integer(status.unread);
    object["requests"] = integer(status.requests);
    object["messages"] = integer(status.messages);
    object["mailbox_cursor"] = integer(status.cursor);
    object["one_time_prekeys"] = integer(status.oneTimePrekeys);
    object["clock_offset_ms"] = integer(status.link.clockOffsetMs);
    object["reconnects"] = integer(std::max<std::uint64_t>(status.counters.logins, 1) - 1);
    object["testing_relay"] = status.testingRelay;
    object["oldest_queued_ms"] =
        integer(status.oldestQueuedAt ? std::max<std::int64_t>(now - *status.oldestQueuedAt, 0) : 0);
    QJsonObject causes;
    for (const auto& [cause, count] : status.placeholdersByCause) {
        causes[text(nameOf(cause))] = integer(count);
    }
    object["placeholders_by_cause"] = causes;
    object["counters"] = countersObject(status.counters);
    return object;
}

QJsonObject linkObject(core::LinkState state, const std::string& reason, std::int64_t now) {
    QJsonObject object = objectOf("link", "link", now);
    object["state"] = nameOf(state);
    object["reason"] = text(reason);
    return object;
}

std::string messageIdText(const MessageId& id) {
    return "msg_" + id.hex();
}

std::optional<MessageId> messageIdFrom(const std::string& text) {
    if (!text.starts_with("msg_")) {
        return std::nullopt;
    }
    const auto id = MessageId::fromHex(std::string_view(text).substr(4));
    return id && !id->isZero() ? id : std::nullopt;
}

std::string cursorText(core::MessageKey key) {
    return std::to_string(static_cast<std::int64_t>(key));
}

std::optional<core::MessageKey> cursorFrom(const std::string& text) {
    const auto value = decimal(text);
    return value ? std::optional(core::MessageKey{*value}) : std::nullopt;
}

} // namespace sotto::rpc
