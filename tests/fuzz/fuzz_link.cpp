// SPDX-License-Identifier: GPL-3.0-or-later
/// Links: what parses must format to something that parses as the same link.
#include "core/wire/link.h"
#include "tests/fuzz/fuzzed.h"

#include <cstdlib>

using namespace sotto;

bool fuzzed(BytesView input) {
    const std::string text(input.begin(), input.end());
    const auto join = wire::parseJoinLink(text);
    if (join && wire::parseJoinLink(wire::format(*join)) != join) {
        std::abort();
    }
    const auto contact = wire::parseContactLink(text);
    if (contact && wire::parseContactLink(wire::format(*contact)) != contact) {
        std::abort();
    }
    return join.has_value() || contact.has_value();
}
