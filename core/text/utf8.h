// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Code points out of UTF-8 and into it, and sets of them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sotto::core {

struct CodePointRange {
    char32_t first;
    char32_t last;
};
/// Whether one of the ranges, which stand in order, has the code point.
constexpr bool isIn(std::span<const CodePointRange> ranges, char32_t point) {
    for (const CodePointRange& range : ranges) {
        if (point <= range.last) {
            return point >= range.first;
        }
    }
    return false;
}

/// The code point at `at`, which moves behind it; U+FFFD for one byte that begins none. at < text.size().
inline char32_t nextCodePoint(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) : 0U;
    };
    const std::uint32_t lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    std::uint32_t point = length < 2 ? lead : lead & (0x7FU >> length);
    bool valid = length > 0;
    for (std::size_t i = 1; i < length; ++i) {
        valid &= (byte(at + i) & 0xC0U) == 0x80U;
        point = (point << 6U) | (byte(at + i) & 0x3FU);
    }
    valid &= !(length == 3 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) &&
             !(length == 4 && (point < 0x10000 || point > 0x10FFFF));
    at += valid ? length : 1;
    return valid ? static_cast<char32_t>(point) : U'\xFFFD';
}

inline void appendCodePoint(char32_t point, std::string& out) {
    const auto put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

/// The nearest places where a code point begins, from `at` on and back from it.
inline std::size_t codePointAfter(std::string_view text, std::size_t at) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        ++at;
    }
    return at;
}
inline std::size_t codePointBefore(std::string_view text, std::size_t at) {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        --at;
    }
    return at;
}

} // namespace sotto::core
