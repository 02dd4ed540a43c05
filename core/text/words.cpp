// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/words.h"

#include "core/text/utf8.h"

#include <array>
#include <unicode/uchar.h>

namespace sotto::core {
namespace {

enum class Class { None, Letter, Alone };

bool standsAlone(char32_t c) {
    static constexpr std::array kRanges = {
        CodePointRange{0x0E00, 0x0EFF},   CodePointRange{0x1000, 0x109F},  CodePointRange{0x1100, 0x11FF},
        CodePointRange{0x1780, 0x17FF},   CodePointRange{0x2E80, 0x2FDF},  CodePointRange{0x3005, 0x3007},
        CodePointRange{0x3021, 0x3029},   CodePointRange{0x3031, 0x318F},  CodePointRange{0x31A0, 0x31FF},
        CodePointRange{0x3400, 0x4DBF},   CodePointRange{0x4E00, 0xA4CF},  CodePointRange{0xA960, 0xA97F},
        CodePointRange{0xAC00, 0xD7FF},   CodePointRange{0xF900, 0xFAFF},  CodePointRange{0x1AFF0, 0x1B16F},
        CodePointRange{0x1F000, 0x1FAFF}, CodePointRange{0x20000, 0x3FFFF}};
    return isIn(kRanges, c);
}

Class classOf(char32_t c) {
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ? Class::Letter
                                                                                          : Class::None;
    }
    if (c >= 0x1F000 && c <= 0x1FAFF) {
        return Class::Alone;
    }
    const auto category = U_MASK(u_charType(static_cast<UChar32>(c)));
    if ((category & U_GC_SO_MASK) != 0) {
        return Class::Alone;
    }
    if ((category & (U_GC_L_MASK | U_GC_N_MASK | U_GC_MN_MASK | U_GC_MC_MASK | U_GC_CO_MASK)) == 0) {
        return Class::None;
    }
    return standsAlone(c) ? Class::Alone : Class::Letter;
}

void addRun(std::string_view text, std::size_t begin, std::size_t end, std::vector<Word>& words) {
    while (end - begin > kLongestWord) {
        words.push_back({begin, codePointAfter(text, begin + kLongestWord), false});
        begin = codePointAfter(text, begin + kLongestWord / 2);
    }
    words.push_back({begin, end, false});
}

} // namespace

std::vector<Word> wordsOf(std::string_view folded) {
    std::vector<Word> words;
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t run = kNone;
    for (std::size_t at = 0; at < folded.size();) {
        const std::size_t begin = at;
        const Class kind = classOf(nextCodePoint(folded, at));
        if (kind == Class::Letter) {
            run = run == kNone ? begin : run;
            continue;
        }
        if (run != kNone) {
            addRun(folded, run, begin, words);
            run = kNone;
        }
        if (kind == Class::Alone) {
            words.push_back({begin, at, true});
        }
    }
    if (run != kNone) {
        addRun(folded, run, folded.size(), words);
    }
    return words;
}

} // namespace sotto::core
