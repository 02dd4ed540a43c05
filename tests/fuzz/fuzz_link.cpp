// SPDX-License-Identifier: GPL-3.0-or-later
/// Links: what parses must format to something that parses as the same link.
#include "core/wire/link.h"

#include <cstdlib>

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    if (const auto join = wire::parseJoinLink(text);
        join && wire::parseJoinLink(wire::format(*join)) != join) {
        std::abort();
    }
    if (const auto contact = wire::parseContactLink(text);
        contact && wire::parseContactLink(wire::format(*contact)) != contact) {
        std::abort();
    }
    return 0;
}
