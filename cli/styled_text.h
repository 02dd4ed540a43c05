// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The text of a message with its looks, as far as a terminal has them.

#include "cli/output.h"

#include <string_view>

namespace sotto::cli {

/// Safe to print, further lines indented. Behind a link stands its address where that is not its text; bold,
/// italic and struck pieces look so where the output has colours.
std::string styledText(const Output& out, const QJsonObject& message, std::string_view indent);

} // namespace sotto::cli
