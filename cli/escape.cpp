// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/escape.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace sotto::cli {

namespace {

struct Decoded {
    std::uint32_t point;
    std::size_t size;
};

/// The code point at the beginning, or nothing if there is no well-formed one.
std::optional<Decoded> decode(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) {
        return Decoded{first, 1};
    }
    const std::size_t size = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
    if (first < 0xC2 || first > 0xF4 || text.size() < size) {
        return std::nullopt;
    }
    std::uint32_t point = first & (0x7FU >> size);
    for (std::size_t at = 1; at < size; ++at) {
        if ((byte(at) & 0xC0U) != 0x80) {
            return std::nullopt;
        }
        point = point << 6U | (byte(at) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return std::nullopt;
    }
    return Decoded{point, size};
}

bool isControl(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

/// Characters that act instead of being shown.
bool acts(std::uint32_t point) {
    return isControl(point) || point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void append(std::string& result, const char* format, std::uint32_t value) {
    std::array<char, 24> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, value);
    result += buffer.data();
}

std::string escape(std::string_view text, const std::string_view* indent) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto decoded = decode(text);
        if (!decoded) {
            append(result, "\\x{%x}", static_cast<std::uint8_t>(text[0]));
            text.remove_prefix(1);
            continue;
        }
        if (indent != nullptr && decoded->point == '\n') {
            result += '\n';
            result += *indent;
        } else if (indent != nullptr && decoded->point == '\t') {
            result += '\t';
        } else if (acts(decoded->point)) {
            append(result, "\\u{%x}", decoded->point);
        } else {
            result += text.substr(0, decoded->size);
        }
        text.remove_prefix(decoded->size);
    }
    return result;
}

} // namespace

std::string escaped(std::string_view text) {
    return escape(text, nullptr);
}

std::string escapedMessage(std::string_view text, std::string_view indent) {
    return escape(text, &indent);
}

std::string escapedJson(std::string_view line) {
    std::string result;
    result.reserve(line.size());
    while (!line.empty()) {
        const auto decoded = decode(line);
        if (decoded && acts(decoded->point)) {
            append(result, "\\u%04x", decoded->point); // all of them are in the first plane
        } else {
            result += line.substr(0, decoded ? decoded->size : 1);
        }
        line.remove_prefix(decoded ? decoded->size : 1);
    }
    return result;
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const auto decoded = decode(text);
        if (!decoded) {
            return false;
        }
        text.remove_prefix(decoded->size);
    }
    return true;
}

} // namespace sotto::cli
