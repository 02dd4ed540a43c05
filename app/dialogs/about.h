// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace sotto::app {

/// What Sotto is, which version, and under which terms.
void showAbout(QWidget* parent);

} // namespace sotto::app
