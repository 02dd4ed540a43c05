// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Writing to somebody is accepting them: from then on they hear what contacts hear, and the conversation
/// stands among the others.

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

/// Inside the transaction that writes.
void acceptMembers(LocalDevice& device, ConversationKey conversation, Effects& effects);

} // namespace sotto::core
