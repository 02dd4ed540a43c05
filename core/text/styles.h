// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which styles a text may have, and the one form of them that everybody keeps, whoever sent which.

#include "core/types/rich_text.h"

#include <optional>
#include <string_view>

namespace sotto::core {

/// Sorted by begin, the longer first, then by style; of one style what overlaps or touches is one range
/// (links only with one address; code that touches stays two). Nothing when a rule is broken:
/// - at most kMaxStyledRanges, none empty, all inside the text and between code points;
/// - a CodeBlock is whole lines, without the line end after it;
/// - code has no looks inside: another style contains a Code or CodeBlock whole, or lies outside of it;
/// - links do not overlap, and isLinkAddress() is true of each address; together kMaxAddressesBytes at most;
/// - nothing but a Link has an address.
/// text: valid UTF-8. Takes time in proportion to text and ranges.
std::optional<Styles> canonicalStyles(std::string_view text, Styles styles);

/// http or https with a host, at most kMaxAddressBytes of UTF-8: no user or password, no spaces, controls or
/// signs that are not seen, nothing that readers of addresses disagree about.
bool isLinkAddress(std::string_view address);

} // namespace sotto::core
