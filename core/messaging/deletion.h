// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Deleting a message on this device (docs/decisions/0024): its text goes from every table that has it, and a
/// line stays that says no more than that something was there.

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

/// Texts and notices have something that can go; placeholders and gaps have nothing yet.
constexpr bool isErasable(MessageKind kind) {
    return kind == MessageKind::Text || kind == MessageKind::Notice;
}

/// Inside a transaction; the message must be erasable. Returns the line that is left. What was not sealed yet
/// is not sent. Traces in the log of the database go with Database::emptyLog() after the commit.
/// left: Deleted, or Expired for what leaves no line.
Message eraseMessage(LocalDevice& device, const Message& message, Effects& effects,
                     MessageKind left = MessageKind::Deleted);

/// Copies of a deleted message go from the messages that answer it. Inside a transaction.
void forgetQuotes(LocalDevice& device, const MessageName& original, Effects& effects);

} // namespace sotto::core
