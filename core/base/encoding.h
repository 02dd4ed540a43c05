// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Hex and base64url (RFC 4648 section 5, no padding), strict in both directions.

#include "core/base/bytes.h"

#include <optional>

namespace sotto {

std::string encodeHex(BytesView bytes);                ///< lower case
std::optional<Bytes> decodeHex(std::string_view text); ///< either case; nothing else is accepted
std::string encodeBase64Url(BytesView bytes);
std::optional<Bytes> decodeBase64Url(std::string_view text); ///< refuses padding and non-zero spare bits

} // namespace sotto
