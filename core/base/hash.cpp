// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hash.h"

#include "core/base/sha256.h"

#include <cassert>

namespace sotto {

Digest sha256(BytesView bytes) {
    return Digest{Sha256().update(bytes).finish()};
}

Digest labelledHash(std::string_view label, BytesView bytes) {
    assert(!label.empty() && label.size() <= 255);
    const auto length = static_cast<std::uint8_t>(label.size());
    return Digest{Sha256().update({&length, 1}).update(viewOf(label)).update(bytes).finish()};
}

HeaderHash headerHash(BytesView header) {
    return HeaderHash{sha256(header).value};
}

} // namespace sotto
