// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What people type for looks: a small part of Markdown.
///
///     **bold** __bold__  *italic* _italic_  ~~struck~~  `code`  [words](https://example.org)
///     ```
///     lines of code
///     ```
///     \* stands for itself
///
/// Signs count where CommonMark lets them count. Everything else of Markdown (headings, lists, quotes,
/// tables, pictures, HTML) stays as it was typed, with all spaces and line ends; so does what is not closed,
/// and a link that leads anywhere but to http or https.

#include "core/types/rich_text.h"

#include <string_view>

namespace sotto::core {

/// source: valid UTF-8. The styles stand in no order, and there may be more of them than a message can have;
/// else they keep the rules of canonicalStyles(). The text is empty only if the source is. Takes time in
/// proportion to the source, whatever stands in it.
StyledText readMarkdown(std::string_view source);

} // namespace sotto::core
