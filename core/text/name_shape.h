// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a name looks like at a glance. Names at a relay are of a-z, 0-9, '.', '_' and '-' (isAcceptableName),
/// so letters of other scripts cannot pass for them; what is left are signs that look alike, doubled letters
/// and separators.

#include <string>
#include <string_view>

namespace sotto::core {

/// Names of one shape are hard to tell apart: alice, a1ice, al.ice, allice; tom, torn. Any bytes are taken.
std::string nameShape(std::string_view name);

} // namespace sotto::core
