// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Notices that nobody has typed, clicked or scrolled in this program for a while.

#include <QObject>
#include <QTimer>

namespace sotto::app {

class IdleLock final : public QObject {
    Q_OBJECT

public:
    explicit IdleLock(QObject* parent = nullptr);
    /// 0: never. Counts from now.
    void setMinutes(int minutes);
    QTimer& timer() { return m_timer; }

signals:
    void idle();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QTimer m_timer;
};

} // namespace sotto::app
