// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace sotto::app {

/// One line of anybody's text, as plain text. It stands where lines begin in this window, whatever script it
/// is written in, and ends in … where there is no room for all of it.
class LineLabel final : public QLabel {
public:
    explicit LineLabel(QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace sotto::app
