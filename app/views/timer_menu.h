// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How long new messages of a conversation stay, as a menu of choices.

#include <QMenu>

namespace sotto::app {

class TimerMenu final : public QMenu {
    Q_OBJECT

public:
    /// seconds: what holds now; 0: they stay.
    explicit TimerMenu(std::uint32_t seconds, QWidget* parent);

signals:
    void wanted(quint32 seconds);
};

} // namespace sotto::app
