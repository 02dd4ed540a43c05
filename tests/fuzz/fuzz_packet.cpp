// SPDX-License-Identifier: GPL-3.0-or-later
/// Packets in both directions: what decodes must encode to something that decodes again.
#include "core/wire/packet.h"

#include <cstdlib>

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const auto direction : {wire::Direction::ToRelay, wire::Direction::ToClient}) {
        const auto packet = wire::decodePacket({data, size}, direction);
        if (packet && !wire::decodePacket(wire::encodePacket(*packet), direction)) {
            std::abort();
        }
    }
    return 0;
}
