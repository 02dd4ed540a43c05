// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/grapheme.h"

#include <cstdlib>
#include <memory>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

namespace sotto::core {
namespace {

/// Its rules take 100 µs to load: one for each thread.
UBreakIterator* clusters() {
    struct Close {
        void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
    };
    thread_local const std::unique_ptr<UBreakIterator, Close> iterator = [] {
        UErrorCode error = U_ZERO_ERROR;
        std::unique_ptr<UBreakIterator, Close> made(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &error));
        if (U_FAILURE(error)) {
            std::abort(); // its data is part of the library
        }
        return made;
    }();
    return iterator.get();
}

/// Whether a cluster that begins so shows something.
bool isVisible(UChar32 first) {
    switch (u_charType(first)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK:
        return false;
    default:
        return true;
    }
}

} // namespace

bool isOneSign(std::string_view text) {
    if (text.empty()) {
        return false;
    }
    UErrorCode error = U_ZERO_ERROR;
    UText utf8 = UTEXT_INITIALIZER;
    utext_openUTF8(&utf8, text.data(), static_cast<std::int64_t>(text.size()), &error);
    ubrk_setUText(clusters(), &utf8, &error);
    const bool isOne = U_SUCCESS(error) && ubrk_first(clusters()) == 0 &&
                       ubrk_next(clusters()) == static_cast<std::int32_t>(text.size());
    const UChar32 first = isOne ? utext_char32At(&utf8, 0) : U_SENTINEL;
    utext_close(&utf8);
    return isOne && first >= 0 && first != 0xFFFD && isVisible(first);
}

} // namespace sotto::core
