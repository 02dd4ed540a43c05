// SPDX-License-Identifier: GPL-3.0-or-later
/// Packets in both directions: what decodes must encode to something that decodes again.
#include "core/wire/packet.h"
#include "tests/fuzz/fuzzed.h"

#include <cstdlib>

using namespace sotto;

bool fuzzed(BytesView input) {
    bool understood = false;
    for (const auto direction : {wire::Direction::ToRelay, wire::Direction::ToClient}) {
        const auto packet = wire::decodePacket(input, direction);
        if (packet && !wire::decodePacket(wire::encodePacket(*packet), direction)) {
            std::abort();
        }
        understood |= packet.has_value();
    }
    return understood;
}
