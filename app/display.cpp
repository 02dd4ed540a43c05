// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/display.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace sotto::app {
namespace {

QtMessageHandler previous = nullptr;

void handle(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    if (type == QtFatalMsg) {
        const bool isNamed =
            qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
        std::fprintf(stderr, "sotto-desktop: opening a window failed: %s. Without one, use 'sotto'.\n",
                     isNamed ? "the display that DISPLAY or WAYLAND_DISPLAY names cannot be reached"
                             : "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)");
        ::_exit(1); // Qt would abort, and nothing is open yet
    }
    // Of platforms that were tried the sentence above says enough.
    const bool isPlatform = context.category != nullptr && std::strncmp(context.category, "qt.qpa.", 7) == 0;
    if (previous != nullptr && !isPlatform) {
        previous(type, context, message);
    }
}

} // namespace

DisplayGuard::DisplayGuard()
    : m_before(qInstallMessageHandler(handle)) {
    previous = m_before;
}

DisplayGuard::~DisplayGuard() {
    qInstallMessageHandler(m_before);
    previous = nullptr;
}

bool hasEmoji(const QStringList& families) {
    return std::any_of(families.begin(), families.end(), [](const QString& family) {
        return family.contains(QLatin1String("emoji"), Qt::CaseInsensitive);
    });
}

} // namespace sotto::app
