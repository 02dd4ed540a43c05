// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/mute_menu.h"

#include "core/types/contact.h"

#include <QDateTime>

namespace sotto::app {

MuteMenu::MuteMenu(QWidget* parent)
    : QMenu(tr("Mute"), parent) {
    constexpr qint64 kHourMs = 3'600'000;
    const auto choice = [this](const QString& words, qint64 milliseconds) {
        addAction(words, this,
                  [this, milliseconds] { emit wanted(QDateTime::currentMSecsSinceEpoch() + milliseconds); });
    };
    choice(tr("For an hour"), kHourMs);
    choice(tr("For eight hours"), 8 * kHourMs);
    choice(tr("For a week"), 7 * 24 * kHourMs);
    addAction(tr("Until I change it"), this, [this] { emit wanted(core::kMutedForEver); });
}

} // namespace sotto::app
