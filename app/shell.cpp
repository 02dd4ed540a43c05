// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell.h"

#include "app/views/conversation_pane.h"
#include "app/when_done.h"

#include <QApplication>
#include <QDateTime>
#include <QEvent>
#include <QFile>
#include <QStandardPaths>
#include <set>

namespace sotto::app {
namespace {

constexpr int kCountMs = 300;

/// What the desktop still tells of after it was read.
struct Count {
    std::int64_t unread = 0;
    std::vector<core::ConversationKey> read;
};

} // namespace

std::optional<QDBusConnection> Shell::sessionBus() {
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") &&
        !QFile::exists(QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation) +
                       QStringLiteral("/bus"))) {
        return std::nullopt;
    }
    return QDBusConnection::sessionBus();
}

Shell::Shell(CoreThread& core, Settings& settings, MainWindow& window, std::optional<QDBusConnection> bus)
    : m_core(core)
    , m_settings(settings)
    , m_window(window) {
    if (bus) {
        m_notifications = std::make_unique<Notifications>(*bus);
        Notifications& news = *m_notifications;
        connect(&news, &Notifications::openWanted, this, [this](const NewsPlace& place) {
            show();
            m_window.showConversation(place.conversation);
        });
        connect(&news, &Notifications::showWanted, this, [this] { show(); });
        connect(&news, &Notifications::replyWanted, this, &Shell::reply);
        connect(&news, &Notifications::markReadWanted, this, &Shell::markRead);
        connect(&window, &MainWindow::locking, &news, &Notifications::withdrawAll);
        connect(&window.pane(), &ConversationPane::wasRead, &news,
                [&news](const core::ConversationEntry& entry) { news.withdraw(entry.key); });
    }
    m_counting.setSingleShot(true);
    m_counting.setInterval(kCountMs);
    connect(&m_counting, &QTimer::timeout, this, &Shell::count);
    const auto later = [this] { m_counting.start(); };
    connect(&window, &MainWindow::ready, this, later);
    connect(&window.pane(), &ConversationPane::wasRead, this, later);
    connect(&window, &MainWindow::locking, this, [this] {
        m_counting.stop();
        m_news.clear();
        m_isAsking = false;
        m_tray.setUnread(0);
    });
    connect(&core, &CoreThread::happened, this, &Shell::happened);
    connect(&window, &MainWindow::settingsChanged, this, &Shell::applySettings);
    connect(&m_idle, &IdleLock::idle, this, [this] {
        if (m_window.isReady()) {
            m_window.lock();
        }
    });
    connect(&m_tray, &Tray::toggleWanted, this, [this] {
        if (m_window.isVisible() && !m_window.isMinimized()) {
            m_window.hide();
        } else {
            show();
        }
    });
    connect(&m_tray, &Tray::lockWanted, &window, &MainWindow::lock);
    connect(&m_tray, &Tray::quitWanted, qApp, &QApplication::quit);
    window.installEventFilter(this);
    applySettings();
}

void Shell::begin() {
    if (m_tray.isThere() && m_settings.startsHidden()) {
        QApplication::setQuitOnLastWindowClosed(false);
    } else {
        m_window.show();
    }
}

void Shell::show(const QString& link) {
    if (m_window.isMinimized()) {
        m_window.showNormal();
    } else {
        m_window.show();
    }
    m_window.raise();
    m_window.activateWindow();
    if (!link.isEmpty()) {
        m_window.openLink(link);
    }
}

bool Shell::eventFilter(QObject* watched, QEvent* event) {
    // Without a tray a hidden window would never come back. Quitting closes windows too, but not from
    // outside.
    if (watched == &m_window && event->type() == QEvent::Close && event->spontaneous() && m_tray.isThere()) {
        if (m_settings.closesToTray()) {
            event->ignore();
            m_window.hide();
            return true;
        }
        QApplication::setQuitOnLastWindowClosed(true);
    }
    return QObject::eventFilter(watched, event);
}

void Shell::applySettings() {
    m_idle.setMinutes(m_settings.lockAfterMinutes());
    if (m_notifications) {
        m_notifications->setLevel(m_settings.notifications());
    }
}

void Shell::happened(const std::vector<core::Event>& events) {
    bool changed = false;
    for (const core::Event& event : events) {
        if (const auto* added = std::get_if<core::MessageAdded>(&event)) {
            if (!added->message.outgoing) {
                changed = true;
                tellOf(added->message);
            }
        } else if (const auto* other = std::get_if<core::MessageChanged>(&event)) {
            const core::Message& message = other->message;
            if (message.outgoing) {
                continue;
            }
            changed = true;
            const bool isNews = message.kind == core::MessageKind::Text && message.unread;
            if (!isNews || !other->isAmended) {
                tellOf(message);
            } else if (m_notifications) {
                m_notifications->change(message); // an edit or a sign is no second message
            }
        } else if (const auto* removed = std::get_if<core::MessageRemoved>(&event)) {
            changed = true;
            forget(removed->conversation, removed->key);
        }
    }
    tellWaiting();
    if (changed && !m_counting.isActive()) {
        m_counting.start();
    }
}

void Shell::forget(core::ConversationKey conversation, core::MessageKey message) {
    m_news.erase(message);
    if (m_notifications) {
        m_notifications->remove(conversation, message);
    }
}

void Shell::tellOf(const core::Message& message) {
    if (message.kind != core::MessageKind::Text || !message.unread) {
        forget(message.conversation, message.key);
    } else if (m_notifications && !m_window.isLookingAt(message.conversation)) {
        m_news.insert_or_assign(message.key, message);
    }
}

/// Of those that are in conversations which are not muted. What is deleted or read meanwhile leaves m_news.
void Shell::tellWaiting() {
    if (m_news.empty() || m_isAsking) {
        return;
    }
    m_isAsking = true;
    std::vector<core::MessageKey> asked;
    std::set<core::ConversationKey> conversations;
    for (const auto& [key, message] : m_news) {
        asked.push_back(key);
        conversations.insert(message.conversation);
    }
    whenDone(m_core.read([conversations](core::Reader& reader) {
        std::set<core::ConversationKey> quiet;
        for (const core::ConversationKey key : conversations) {
            const auto entry = reader.conversation(key);
            if (entry && entry->mutedUntil > QDateTime::currentMSecsSinceEpoch()) {
                quiet.insert(key);
            }
        }
        return quiet;
    }),
             this, [this, asked](const std::set<core::ConversationKey>& quiet) {
                 m_isAsking = false;
                 for (const core::MessageKey key : asked) {
                     const auto found = m_news.extract(key);
                     if (!found.empty() && !quiet.contains(found.mapped().conversation)) {
                         m_notifications->add(found.mapped());
                     }
                 }
                 tellWaiting();
             });
}

void Shell::count() {
    const auto shown = m_notifications ? m_notifications->shown() : std::vector<core::ConversationKey>();
    whenDone(m_core.read([shown](core::Reader& reader) {
        Count count{reader.unread(), {}};
        for (const core::ConversationKey key : shown) {
            const auto entry = reader.conversation(key);
            if (!entry || entry->unread == 0) {
                count.read.push_back(key);
            }
        }
        return count;
    }),
             this, [this](const Count& count) {
                 m_tray.setUnread(count.unread);
                 for (const core::ConversationKey key : count.read) {
                     m_notifications->withdraw(key);
                 }
             });
}

void Shell::reply(const NewsPlace& place, const QString& text) {
    whenDone(m_core.call([place, bytes = text.toStdString()](core::Client& client) {
        return client.sendText(place.conversation, bytes);
    }),
             this, [this, place](const core::Result<core::Message>& sent) {
                 if (sent) {
                     markRead(place);
                 } else {
                     show(); // where it can be written again
                     m_window.showConversation(place.conversation);
                 }
             });
}

void Shell::markRead(const NewsPlace& place) {
    whenDone(m_core.call(
                 [place](core::Client& client) { return client.markRead(place.conversation, place.upTo); }),
             this, [this, place](const core::Result<void>& marked) {
                 if (marked) {
                     m_notifications->withdraw(place.conversation);
                     m_window.refresh(place.conversation);
                     m_counting.start();
                 }
             });
}

} // namespace sotto::app
