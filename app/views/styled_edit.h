// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Looks of a text that is being written: what a plain editor shows, and what of it is sent.

#include "core/types/rich_text.h"

class QPlainTextEdit;

namespace sotto::app {

/// What stands in the editor. Code has no looks inside, and a block of code is whole lines, whatever was
/// typed into either.
core::StyledText styledTextOf(const QPlainTextEdit& edit);
/// Replaces what stands there.
void setStyledText(QPlainTextEdit& edit, const core::StyledText& text);
/// Gives what is chosen a look, or takes it away where all of it has it. Code of several lines is a block.
/// Not for Link.
void toggleStyle(QPlainTextEdit& edit, core::TextStyle style);
void clearStyles(QPlainTextEdit& edit);

/// One below the other.
core::StyledText joined(core::StyledText above, const core::StyledText& below);

} // namespace sotto::app
