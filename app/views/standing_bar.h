// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where one would write, while there is something to decide first: a stranger who wrote, or somebody who is
/// blocked.

#include "app/views/bar.h"
#include "core/types/contact.h"

class QLabel;
class QPushButton;

namespace sotto::app {

class StandingBar final : public Bar {
    Q_OBJECT

public:
    explicit StandingBar(QWidget* parent = nullptr);
    /// shownName: fit to be shown.
    void show(core::Standing standing, const QString& shownName);

signals:
    void acceptWanted();
    void blockWanted();

private:
    QLabel* m_words;
    QPushButton* m_accept;
    QPushButton* m_block;
};

} // namespace sotto::app
