// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a rolled-back relay may have lost is offered once more, byte for byte (R9, R14).

#include "core/messaging/local_device.h"

namespace sotto::core {

/// Puts every send made since then that the relay had stored, and that nobody has confirmed, back into the
/// outbox, before all that waits there and in the order of the first time. The same send id and bytes: a
/// relay that still knows one answers as before. Inside the caller's transaction.
void offerStoredAgain(LocalDevice& device, WallTime since);

} // namespace sotto::core
