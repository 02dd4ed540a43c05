// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What stands around the window: notifications, the tray, the lock after a while. Wires the window and the
/// profile to them.

#include "app/idle_lock.h"
#include "app/main_window.h"
#include "app/notifications.h"
#include "app/tray.h"

namespace sotto::app {

class Shell final : public QObject {
    Q_OBJECT

public:
    /// All must outlive this. bus: the session's; nothing: no notifications.
    Shell(CoreThread& core, Settings& settings, MainWindow& window, std::optional<QDBusConnection> bus);

    /// The session's bus, if there is one: Qt would start one otherwise.
    static std::optional<QDBusConnection> sessionBus();
    /// Shows the window, or leaves it in the tray if the person wants that and there is a tray.
    void begin();
    /// Brings the window up; a link fills in a form.
    void show(const QString& link = {});

    Tray& tray() { return m_tray; }
    IdleLock& idleLock() { return m_idle; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void applySettings();
    void happened(const std::vector<core::Event>& events);
    void tellOf(const core::Message& message);
    void forget(core::ConversationKey conversation, core::MessageKey message);
    void tellWaiting();
    void count();
    void reply(const NewsPlace& place, const QString& text);
    void markRead(const NewsPlace& place);

    CoreThread& m_core;
    Settings& m_settings;
    MainWindow& m_window;
    std::unique_ptr<Notifications> m_notifications;
    Tray m_tray;
    IdleLock m_idle;
    QTimer m_counting; ///< what changes often is counted once
    /// New, and not looked up yet whether the person wants to hear of it.
    std::map<core::MessageKey, core::Message> m_news;
    bool m_isAsking = false;
};

} // namespace sotto::app
