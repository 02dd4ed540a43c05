// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A text with its looks on its way to the screen: what is shown of it, and which parts of that look how.

#include "app/format/shown_text.h"
#include "core/types/rich_text.h"

namespace sotto::app {

/// Part of what is shown, in UTF-16 units; never empty.
struct ShownStyle {
    core::TextStyle style = core::TextStyle::Bold;
    int begin = 0;
    int length = 0;
    QString address; ///< of a Link: may be opened (links.h)
};

struct ShownStyles {
    ShownText shown;
    std::vector<ShownStyle> styles;
};

/// As shownText(). A range covers exactly what is shown of the characters that it covered, whatever stands
/// there for them; what it covers of nothing that is shown goes, and so does a link that may not be opened.
/// Nothing is asked of the ranges. limits: of several lines.
ShownStyles shownStyles(std::string_view utf8, const core::Styles& styles, ShowLimits limits);

} // namespace sotto::app
