// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/timer_menu.h"

#include "app/format/words.h"

#include <algorithm>
#include <vector>

namespace sotto::app {

TimerMenu::TimerMenu(std::uint32_t seconds, QWidget* parent)
    : QMenu(tr("Disappearing messages"), parent) {
    constexpr std::uint32_t kHour = 3600;
    constexpr std::uint32_t kDay = 24 * kHour;
    std::vector<std::uint32_t> choices{0, 300, kHour, kDay, 7 * kDay, 28 * kDay};
    if (std::ranges::find(choices, seconds) == choices.end()) {
        choices.push_back(seconds); // somebody chose it by a command
        std::ranges::sort(choices);
    }
    for (const std::uint32_t choice : choices) {
        QAction* const action =
            addAction(choice == 0 ? tr("Off") : tr("%1 after they are read").arg(lifetimeWords(choice)), this,
                      [this, choice] { emit wanted(choice); });
        action->setCheckable(true);
        action->setChecked(choice == seconds);
    }
}

} // namespace sotto::app
