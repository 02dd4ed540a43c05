// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format/shown_styles.h"

#include "app/format/links.h"

#include <algorithm>

namespace sotto::app {

ShownStyles shownStyles(std::string_view utf8, const core::Styles& styles, ShowLimits limits) {
    std::vector<std::size_t> places;
    const auto endOf = [](const core::StyledRange& range) {
        return std::size_t{range.begin} + std::size_t{range.length};
    };
    for (const core::StyledRange& range : styles) {
        places.insert(places.end(), {std::size_t{range.begin}, endOf(range)});
    }
    std::ranges::sort(places);
    std::vector<qsizetype> shownAt;
    ShownStyles made{shownText(utf8, limits, places, shownAt), {}};
    const auto at = [&](std::size_t place) {
        const auto found = std::ranges::lower_bound(places, place);
        return static_cast<int>(shownAt[static_cast<std::size_t>(found - places.begin())]);
    };
    for (const core::StyledRange& range : styles) {
        const int begin = at(range.begin);
        const int length = at(endOf(range)) - begin;
        const bool isLink = range.style == core::TextStyle::Link;
        QString address = isLink ? QString::fromStdString(range.address) : QString();
        if (length > 0 && (!isLink || webAddress(address).isValid())) {
            made.styles.push_back({range.style, begin, length, std::move(address)});
        }
    }
    return made;
}

} // namespace sotto::app
