// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Byte strings as the whole project passes them: owned, and seen. Never for secrets (base/secret.h).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

inline BytesView viewOf(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view textOf(BytesView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytesOf(BytesView view) {
    return {view.begin(), view.end()};
}
inline std::string stringOf(BytesView view) {
    return std::string(textOf(view));
}

} // namespace sotto
