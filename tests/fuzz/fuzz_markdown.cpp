// SPDX-License-Identifier: GPL-3.0-or-later
/// What somebody types for looks: each style of it keeps the rules, all of them together do where there are
/// not too many, and no more text comes out than went in.
#include "core/messaging/content.h"
#include "core/text/markdown.h"
#include "core/text/styles.h"
#include "tests/fuzz/fuzzed.h"

#include <cstdlib>

using namespace sotto;
using namespace sotto::core;

namespace {

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

} // namespace

bool fuzzed(BytesView input) {
    const std::string source = stringOf(input);
    if (!isValidUtf8(source)) {
        return false;
    }
    const StyledText read = readMarkdown(source);
    need(isValidUtf8(read.text) && read.text.size() <= source.size() && read.text.empty() == source.empty());
    std::size_t addresses = 0;
    for (const StyledRange& range : read.styles) {
        need(canonicalStyles(read.text, {range}).has_value());
        addresses += range.address.size();
    }
    if (read.styles.size() <= kMaxStyledRanges && addresses <= kMaxAddressesBytes) {
        const auto canonical = canonicalStyles(read.text, read.styles);
        need(canonical.has_value() && canonicalStyles(read.text, *canonical) == canonical);
    }
    return true;
}
