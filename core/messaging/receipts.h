// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What others confirm of one's own messages.

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

/// Inside a transaction. Counts only from members of a message's conversation; states only grow.
void applyReceipts(LocalDevice& device, const AccountId& from, const ReceiptsBody& body, Effects& effects);

} // namespace sotto::core
