// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How people name a conversation that has no other name: c:<decimal>, its row in this profile.

#include "core/types/message.h"

#include <charconv>
#include <string_view>

namespace sotto::core {

inline std::string conversationText(ConversationKey key) {
    return "c:" + std::to_string(static_cast<std::int64_t>(key));
}

/// Strict: nothing before, between or behind.
inline std::optional<ConversationKey> conversationFrom(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    if (!text.starts_with("c:")) {
        return std::nullopt;
    }
    const auto [last, error] = std::from_chars(text.data() + 2, end, number);
    return error == std::errc() && last == end && number >= 0 ? std::optional(ConversationKey{number})
                                                              : std::nullopt;
}

} // namespace sotto::core
