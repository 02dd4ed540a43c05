// SPDX-License-Identifier: GPL-3.0-or-later
/// What an authentic but hostile contact seals into a payload: what decodes is within the limits, and means
/// the same after one more round.
#include "core/messaging/content.h"
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

/// What this version can write again: neither a body of a later one, nor receipts of states that only a later
/// one knows.
bool isOurs(const Body& body) {
    const auto* receipts = std::get_if<ReceiptsBody>(&body);
    return !std::holds_alternative<UnknownBody>(body) && (receipts == nullptr || !receipts->receipts.empty());
}

} // namespace

bool fuzzed(BytesView input) {
    contentHash(input);
    if (const auto body = decodeBody(input); body && isOurs(*body)) {
        need(decodeBody(encodeBody(*body)) == body);
    }
    const auto content = decodeContent(input);
    if (!content) {
        return false;
    }
    if (const auto* text = std::get_if<TextBody>(&content->body)) {
        need(isValidUtf8(text->text) && text->text.size() <= kMaxTextBytes);
    } else if (const auto* receipts = std::get_if<ReceiptsBody>(&content->body)) {
        need(receipts->receipts.size() <= kMaxReceipts);
    }
    if (isOurs(content->body)) {
        const Bytes encoded = encodeContent(*content);
        const auto again = decodeContent(encoded);
        need(again.has_value() && again->body == content->body && encodeContent(*again) == encoded);
    }
    return true;
}
