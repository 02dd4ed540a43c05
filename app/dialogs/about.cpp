// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/about.h"

#include "app/dialogs/question.h"

#include <QCoreApplication>

namespace sotto::app {

void showAbout(QWidget* parent) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("sotto::app", text); };
    auto* const about = new Question(
        tr("Sotto %1").arg(QCoreApplication::applicationVersion()),
        tr("End-to-end encrypted chat. The relay between you and the other side sees only ciphertext.") +
            QStringLiteral("\n\n") +
            tr("Free software under the GNU General Public License, version 3 or later: you may use, study, "
               "share and change it. There is no warranty.") +
            QStringLiteral("\n\n") +
            tr("Made with Qt %1, SQLCipher, libsodium and libsignal-protocol-c.").arg(qVersion()),
        {}, parent);
    about->open();
}

} // namespace sotto::app
