// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What people write to say whom or where: @alice, a hex account key, c:ID.

#include "core/rpc/session.h"

namespace sotto::rpc {

/// The conversation that a target names; for a contact the direct one, made if need be.
Result<core::ConversationKey> conversationOf(core::Client& client, const std::string& target);
/// The one other member of a direct conversation, if it is a contact.
std::optional<core::Contact> otherMember(core::Client& client, core::ConversationKey conversation);
/// The error NotTrusted with both safety numbers, when this contact's key has changed.
std::optional<Error> keyChangeOf(core::Client& client, const core::Contact& contact);

} // namespace sotto::rpc
