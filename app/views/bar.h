// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/theme.h"

#include <QPainter>
#include <QWidget>

namespace sotto::app {

/// A bar in the colour of the window with a line at one edge.
class Bar : public QWidget {
public:
    Bar(Qt::Edge line, QWidget* parent)
        : QWidget(parent)
        , m_line(line) {}

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.fillRect(rect(), Theme::current().window);
        painter.fillRect(0, m_line == Qt::TopEdge ? 0 : height() - 1, width(), 1, Theme::current().line);
    }

private:
    Qt::Edge m_line;
};

} // namespace sotto::app
