// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a device does that finds itself restored from an older copy, before it sends anything: whatever the
/// other copy may have used is used no more (docs/PROTOCOL.md, "Rollback").

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

/// Inside the caller's transaction. Numbers begin again in a generation above `above` and the one known here;
/// sessions may open and never seal again; prekeys are to be replaced; what was fixed and not stored is fixed
/// anew; contacts are to be asked how far they are; the user is told.
void beginNewGeneration(LocalDevice& device, std::uint64_t above, Effects& effects);

} // namespace sotto::core
