// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// New messages as notifications of the desktop (org.freedesktop.Notifications, Desktop Notifications
/// Specification 1.2): one for each conversation, and one for all of them where many have news at once. What
/// was read, deleted or locked away is withdrawn. Nothing here waits for the bus; without one, or without
/// anybody on it who shows notifications, there are none.

#include "app/settings.h"
#include "core/types/message.h"

#include <QDBusConnection>
#include <QObject>
#include <QTimer>
#include <map>
#include <optional>
#include <set>

namespace sotto::app {

/// A conversation, and the newest message that somebody was told of there.
struct NewsPlace {
    core::ConversationKey conversation{};
    core::MessageKey upTo{};
};

class Notifications final : public QObject {
    Q_OBJECT

public:
    /// What comes within this time is shown together.
    static constexpr int kBurstMs = 350;
    /// So many conversations with news at once become one notification.
    static constexpr std::size_t kMany = 4;

    explicit Notifications(QDBusConnection bus, QObject* parent = nullptr);
    /// Withdraws everything.
    ~Notifications() override;

    /// Withdraws what says more than the new level allows.
    void setLevel(NotificationLevel level);
    /// A received message that nobody has looked at yet.
    void add(const core::Message& message);
    /// It was edited: whoever is told of it sees the new text. Nothing new for who is not.
    void change(const core::Message& message);
    /// It was deleted: gone from here, too.
    void remove(core::ConversationKey conversation, core::MessageKey message);
    /// The conversation was read.
    void withdraw(core::ConversationKey conversation);
    void withdrawAll();
    /// Conversations that somebody is told of at present.
    std::vector<core::ConversationKey> shown() const;

signals:
    void openWanted(sotto::app::NewsPlace place);
    /// The window is wanted, no conversation in particular.
    void showWanted();
    void replyWanted(sotto::app::NewsPlace place, const QString& text);
    void markReadWanted(sotto::app::NewsPlace place);

private slots:
    void actionInvoked(uint id, const QString& action);
    void replied(uint id, const QString& text);
    void closed(uint id, uint reason);

private:
    /// One that is shown, or about to be.
    struct Shown {
        uint id = 0;                                        ///< the server's; 0: not yet
        bool asking = false;                                ///< Notify is under way
        bool withdrawn = false;                             ///< to be closed as soon as there is an id
        bool again = false;                                 ///< it changed while Notify was under way
        std::map<core::MessageKey, core::Message> messages; ///< of a conversation: what is new
    };
    void flush();
    void send(Shown& shown, std::optional<core::ConversationKey> conversation, const QString& summary,
              const QString& body);
    void show(core::ConversationKey conversation);
    void showMany();
    void close(Shown& shown);
    void forgetEmpty();
    Shown* find(std::optional<core::ConversationKey> conversation);
    std::optional<NewsPlace> placeOf(uint id) const;
    QString bodyText(const QString& shown) const;

    QDBusConnection m_bus;
    NotificationLevel m_level = NotificationLevel::Name;
    bool m_asksCapabilities = false;
    std::optional<QStringList> m_capabilities;
    std::map<core::ConversationKey, Shown> m_shown;
    std::optional<Shown> m_many;
    std::set<core::ConversationKey> m_changed;
    QTimer m_burst;
};

} // namespace sotto::app
