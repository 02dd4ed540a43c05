// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the program needs of the desktop to show anything at all.

#include <QStringList>
#include <QtGlobal>

namespace sotto::app {

/// While the application object is made: where there is no display Qt ends the program with SIGABRT and the
/// advice to install it anew. With one of these it ends with exit code 1 and a sentence.
class DisplayGuard {
public:
    DisplayGuard();
    DisplayGuard(const DisplayGuard&) = delete;
    DisplayGuard& operator=(const DisplayGuard&) = delete;
    ~DisplayGuard();

private:
    QtMessageHandler m_before;
};

/// Whether one of these font families draws emoji; without, they are boxes.
bool hasEmoji(const QStringList& families);

} // namespace sotto::app
