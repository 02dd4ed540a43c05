// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Whether the desktop starts Sotto at log-in: a file in $XDG_CONFIG_HOME/autostart (XDG Desktop Application
/// Autostart Specification).

#include <QString>

namespace sotto::app {

QString autostartFile();
/// A file of that name that the desktop was told to pass over counts as none.
bool isAutostarted();
/// False: the file could not be written or removed.
bool setAutostarted(bool on);

} // namespace sotto::app
