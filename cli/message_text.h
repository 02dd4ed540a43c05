// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A message as `log` and `recv` print it.

#include "cli/output.h"

namespace sotto::cli {

/// "2026-11-03 12:04 bob: text", further lines indented; own ones with their state.
void printMessage(Output& out, const QJsonObject& message);

} // namespace sotto::cli
