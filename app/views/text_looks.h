// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/rich_text.h"

#include <QTextCharFormat>

namespace sotto::app {

/// How a style looks, where it is read and where it is written.
QTextCharFormat looksOf(core::TextStyle style, const QColor& link);
/// Behind code.
QColor codeShade();

} // namespace sotto::app
