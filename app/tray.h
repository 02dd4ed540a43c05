// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The sign in the desktop's tray, with the number of unread messages on it. Without a tray there is nothing
/// to see.

#include <QMenu>
#include <QSystemTrayIcon>

namespace sotto::app {

class Tray final : public QObject {
    Q_OBJECT

public:
    explicit Tray(QObject* parent = nullptr);
    bool isThere() const { return m_icon.isVisible(); }
    void setUnread(qint64 unread);
    /// What the sign looks like.
    static QIcon iconFor(qint64 unread);
    QSystemTrayIcon& icon() { return m_icon; }

signals:
    void toggleWanted(); ///< the window comes, or goes
    void lockWanted();
    void quitWanted();

private:
    QMenu m_menu;
    QSystemTrayIcon m_icon;
    qint64 m_unread = -1;
};

} // namespace sotto::app
