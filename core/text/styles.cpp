// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/styles.h"

#include "core/text/utf8.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace sotto::core {
namespace {

std::uint32_t endOf(const StyledRange& range) {
    return range.begin + range.length;
}

bool isCode(TextStyle style) {
    return style == TextStyle::Code || style == TextStyle::CodeBlock;
}

/// One alone, as far as the others do not matter.
bool isAllowed(std::string_view text, const StyledRange& range) {
    const auto isBoundary = [&](std::size_t at) { return codePointAfter(text, at) == at; };
    if (range.length == 0 || range.begin > text.size() || range.length > text.size() - range.begin ||
        !isBoundary(range.begin) || !isBoundary(endOf(range))) {
        return false;
    }
    switch (range.style) {
    case TextStyle::Bold:
    case TextStyle::Italic:
    case TextStyle::Strikethrough:
    case TextStyle::Code:
        return range.address.empty();
    case TextStyle::CodeBlock:
        return range.address.empty() && (range.begin == 0 || text[range.begin - 1] == '\n') &&
               (endOf(range) == text.size() || text[endOf(range)] == '\n');
    case TextStyle::Link:
        return isLinkAddress(range.address);
    }
    return false;
}

/// Of ranges in their order; false when links overlap.
bool merge(Styles& styles) {
    Styles merged;
    merged.reserve(styles.size());
    std::array<std::size_t, 7> last{}; // by style: where it stands in `merged`, from 1
    for (StyledRange& range : styles) {
        std::size_t& place = last.at(static_cast<std::size_t>(range.style));
        if (place != 0) {
            StyledRange& before = merged[place - 1];
            if (range.style == TextStyle::Link && range.begin < endOf(before)) {
                return false;
            }
            // Two pieces of code that touch stay two: something may lie around one of them.
            const bool isOne =
                range.begin < endOf(before) || (range.begin == endOf(before) && !isCode(range.style));
            if (isOne && range.address == before.address) {
                before.length = std::max(endOf(before), endOf(range)) - before.begin;
                continue;
            }
        }
        merged.push_back(std::move(range));
        place = merged.size();
    }
    styles = std::move(merged);
    return true;
}

/// Whether every piece of code has no looks inside. At most kMaxStyledRanges squared steps.
bool isCodePlain(const Styles& styles) {
    return std::ranges::all_of(styles, [&](const StyledRange& code) {
        return !isCode(code.style) || std::ranges::all_of(styles, [&](const StyledRange& other) {
            const bool isApart = endOf(other) <= code.begin || endOf(code) <= other.begin;
            const bool isAround = other.begin <= code.begin && endOf(code) <= endOf(other);
            return &other == &code || isApart || (isAround && !isCode(other.style));
        });
    });
}

void sort(Styles& styles) {
    std::ranges::sort(styles, [](const StyledRange& a, const StyledRange& b) {
        return std::tie(a.begin, b.length, a.style, a.address) <
               std::tie(b.begin, a.length, b.style, b.address);
    });
}

/// Spaces, controls and what turns or hides text: none of it is seen in an address, or all of it is a trap.
constexpr std::array kUnseen = {
    CodePointRange{0x00, 0x20},       CodePointRange{0x7F, 0xA0},     CodePointRange{0xAD, 0xAD},
    CodePointRange{0x34F, 0x34F},     CodePointRange{0x61C, 0x61C},   CodePointRange{0x115F, 0x1160},
    CodePointRange{0x1680, 0x1680},   CodePointRange{0x17B4, 0x17B5}, CodePointRange{0x180B, 0x180F},
    CodePointRange{0x2000, 0x200F},   CodePointRange{0x2028, 0x202F}, CodePointRange{0x205F, 0x206F},
    CodePointRange{0x2800, 0x2800},   CodePointRange{0x3000, 0x3000}, CodePointRange{0x3164, 0x3164},
    CodePointRange{0xE000, 0xF8FF},   CodePointRange{0xFE00, 0xFE0F}, CodePointRange{0xFEFF, 0xFEFF},
    CodePointRange{0xFFA0, 0xFFA0},   CodePointRange{0xFFF0, 0xFFFF}, CodePointRange{0xE0000, 0xE0FFF},
    CodePointRange{0xF0000, 0x10FFFF}};

/// The rest of `address` behind `scheme`, in whatever case it is written.
std::optional<std::string_view> behind(std::string_view address, std::string_view scheme) {
    const auto isSame = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return address.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), address.begin(),
                                                         [&](char b, char a) { return isSame(a, b); })
               ? std::optional(address.substr(scheme.size()))
               : std::nullopt;
}

} // namespace

bool isLinkAddress(std::string_view address) {
    if (address.size() > kMaxAddressBytes) {
        return false;
    }
    for (std::size_t at = 0; at < address.size();) {
        const char32_t point = nextCodePoint(address, at); // bytes that are no UTF-8 become U+FFFD
        // Some take a backslash for a slash, and the others for a letter.
        if (isIn(kUnseen, point) || point == U'\\' || point == U'<' || point == U'>' || point == U'"') {
            return false;
        }
    }
    const auto secure = behind(address, "https://");
    const auto rest = secure ? secure : behind(address, "http://");
    if (!rest) {
        return false;
    }
    const std::string_view host = rest->substr(0, rest->find_first_of("/?#"));
    return !host.empty() && host.front() != ':' && host.find('@') == std::string_view::npos;
}

std::optional<Styles> canonicalStyles(std::string_view text, Styles styles) {
    std::size_t addresses = 0;
    for (const StyledRange& range : styles) {
        addresses += range.address.size();
    }
    if (styles.size() > kMaxStyledRanges || addresses > kMaxAddressesBytes ||
        !std::ranges::all_of(styles, [&](const StyledRange& range) { return isAllowed(text, range); })) {
        return std::nullopt;
    }
    sort(styles);
    if (!merge(styles) || !isCodePlain(styles)) {
        return std::nullopt;
    }
    sort(styles); // one that grew stands before others that begin with it
    return styles;
}

} // namespace sotto::core
