// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Messages whose time is over go like deleted ones, and leave no line (docs/decisions/0031).

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

/// Erases some of what is due, in a transaction of its own; true: there is more. Traces in the log of the
/// database go with Database::emptyLog() after the commit.
Expected<bool, db::Error> expireSome(LocalDevice& device, Effects& effects);

} // namespace sotto::core
