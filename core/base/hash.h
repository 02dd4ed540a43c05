// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// SHA-256 (FIPS 180-4) as ids need it.

#include "core/base/ids.h"

namespace sotto {

/// SHA-256 of the exact bytes.
Digest sha256(BytesView bytes);
/// SHA-256 over u8 length ‖ label ‖ bytes: a hash of one meaning is never a hash of another.
Digest labelledHash(std::string_view label, BytesView bytes);
HeaderHash headerHash(BytesView header);

} // namespace sotto
