// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The JSON objects that methods return and the command line prints. Every one has `type`, `v`, `id`, `ts`
/// (milliseconds since 1970) and `time` (the same as RFC 3339 UTC); schema.h describes the rest.

#include "core/client.h"
#include "core/rpc/error.h"
#include "core/types/conversation_text.h"

#include <QJsonArray>
#include <QJsonObject>

namespace sotto::rpc {

inline constexpr int kObjectVersion = 1;

/// RFC 3339 in UTC with milliseconds.
std::string rfc3339(std::int64_t unixMs);
/// An object with the five members that all have.
QJsonObject objectOf(const char* type, const std::string& id, std::int64_t unixMs);

QJsonObject accountObject(const core::AccountView& account, std::int64_t now);
QJsonObject contactObject(const core::Contact& contact, std::int64_t now);
QJsonObject conversationObject(const core::ConversationEntry& conversation);
QJsonObject messageObject(const core::Message& message);
QJsonObject messageInfoObject(const core::MessageInfo& info); ///< the same with all that is known besides
QJsonArray versionsArray(const std::vector<core::MessageVersion>& versions);
const char* nameOf(core::TextStyle style);
const char* nameOf(core::PresenceView::Kind kind);
const char* nameOf(core::PresenceSharing sharing);
QJsonObject presenceObject(core::ConversationKey conversation, const AccountId& account,
                           const core::PresenceView& presence, std::int64_t now);
QJsonArray stylesArray(const core::Styles& styles);
QJsonArray reactionsArray(const std::vector<core::Reaction>& reactions);
QJsonObject changeObject(const core::Message& message, std::int64_t now);
QJsonObject stateObject(const core::Message& message, std::int64_t now);
QJsonObject statusObject(const core::StatusView& status, const std::string& id, std::int64_t now);
QJsonObject linkObject(core::LinkState state, const std::string& reason, std::int64_t now);

const char* nameOf(core::MessageKind kind);
const char* nameOf(core::MessageState state);
const char* nameOf(core::LinkState state);
const char* nameOf(core::QuoteState state);
std::string nameOf(core::PlaceholderCause cause);

std::string messageIdText(const MessageId& id);                      ///< msg_<32 hex>
std::optional<MessageId> messageIdFrom(const std::string& text);     ///< strict
std::string cursorText(core::MessageKey key);                        ///< decimal
std::optional<core::MessageKey> cursorFrom(const std::string& text); ///< strict

} // namespace sotto::rpc
