// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a reader sees as one sign, however many code points it takes.

#include <string_view>

namespace sotto::core {

/// One grapheme cluster that shows something: not empty, valid UTF-8, and not made of spaces, controls,
/// separators or marks alone.
bool isOneSign(std::string_view text);

} // namespace sotto::core
