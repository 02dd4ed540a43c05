// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/fold.h"

#include "core/text/utf8.h"

#include <array>
#include <cstdlib>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

namespace sotto::core {
namespace {

/// Accents of Latin and Greek, points of Hebrew and Arabic, the Arabic lengthening stroke: decoration to a
/// search.
bool isDecoration(char32_t c) {
    static constexpr std::array kRanges = {
        CodePointRange{0x0300, 0x036F}, CodePointRange{0x0591, 0x05BD}, CodePointRange{0x05BF, 0x05BF},
        CodePointRange{0x05C1, 0x05C2}, CodePointRange{0x05C4, 0x05C5}, CodePointRange{0x05C7, 0x05C7},
        CodePointRange{0x0610, 0x061A}, CodePointRange{0x0640, 0x0640}, CodePointRange{0x064B, 0x065F},
        CodePointRange{0x0670, 0x0670}, CodePointRange{0x06D6, 0x06DC}, CodePointRange{0x06DF, 0x06E8},
        CodePointRange{0x06EA, 0x06ED}, CodePointRange{0x1AB0, 0x1AFF}, CodePointRange{0x1DC0, 0x1DFF},
        CodePointRange{0x20D0, 0x20FF}, CodePointRange{0xFE20, 0xFE2F}};
    return isIn(kRanges, c);
}

const UNormalizer2* normaliser() {
    static const UNormalizer2* const kInstance = [] {
        UErrorCode error = U_ZERO_ERROR;
        const UNormalizer2* instance = unorm2_getNFKCCasefoldInstance(&error);
        if (U_FAILURE(error)) {
            std::abort(); // its data is part of the library
        }
        return instance;
    }();
    return kInstance;
}

/// What the whole of Unicode says about one code point beyond ASCII.
void appendFolded(char32_t c, std::string& out) {
    constexpr char32_t kSmallYo = 0x0451;
    constexpr char32_t kSmallYe = 0x0435;
    if (isDecoration(c)) {
        return;
    }
    if (u_isUWhiteSpace(static_cast<UChar32>(c)) != 0) {
        out += ' ';
        return;
    }
    // Syllables of Hangul are letters of their own; й is another letter than и, but ё is written е.
    if (c >= 0xAC00 && c <= 0xD7A3) {
        appendCodePoint(c, out);
        return;
    }
    if (c >= 0x0400 && c <= 0x052F) {
        const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
        appendCodePoint(lower == kSmallYo ? kSmallYe : lower, out);
        return;
    }
    std::array<UChar, 64> mapped{};
    UErrorCode error = U_ZERO_ERROR;
    const int32_t length = unorm2_getDecomposition(normaliser(), static_cast<UChar32>(c), mapped.data(),
                                                   static_cast<int32_t>(mapped.size()), &error);
    if (length < 0 || U_FAILURE(error)) {
        appendCodePoint(c, out);
        return;
    }
    for (int32_t at = 0; at < length;) {
        UChar32 part = 0;
        U16_NEXT(mapped.data(), at, length, part);
        if (!isDecoration(static_cast<char32_t>(part))) {
            appendCodePoint(u_isUWhiteSpace(part) != 0 ? U' ' : static_cast<char32_t>(part), out);
        }
    }
}

template <class Note>
std::string foldEach(std::string_view utf8, Note note) {
    std::string out;
    out.reserve(utf8.size() + 8);
    for (std::size_t at = 0; at < utf8.size();) {
        const auto begin = static_cast<std::uint32_t>(at);
        const auto lead = static_cast<unsigned char>(utf8[at]);
        if (lead < 0x80) {
            ++at;
            out += static_cast<char>(lead >= 'A' && lead <= 'Z'     ? lead + ('a' - 'A')
                                     : lead >= '\t' && lead <= '\r' ? ' '
                                                                    : lead);
        } else {
            appendFolded(nextCodePoint(utf8, at), out);
        }
        note(begin, out.size());
    }
    return out;
}

} // namespace

std::string fold(std::string_view utf8) {
    return foldEach(utf8, [](std::uint32_t, std::size_t) {});
}

FoldedText foldWithOrigins(std::string_view utf8) {
    FoldedText folded;
    folded.origins.reserve(utf8.size() + 8);
    folded.text =
        foldEach(utf8, [&](std::uint32_t begin, std::size_t size) { folded.origins.resize(size, begin); });
    folded.origins.push_back(static_cast<std::uint32_t>(utf8.size()));
    return folded;
}

} // namespace sotto::core
