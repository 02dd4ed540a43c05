// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/notifications.h"

#include "app/format/shown_text.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace sotto::app {
namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");

QDBusMessage methodCall(const char* member) {
    return QDBusMessage::createMethodCall(kService, kPath, kService, QLatin1String(member));
}

QString newMessages(int count) {
    return count == 1 ? Notifications::tr("New message")
                      : Notifications::tr("%n new messages", nullptr, count);
}

QString inConversations(int count) {
    return count == 1 ? Notifications::tr("In one conversation")
                      : Notifications::tr("In %n conversations", nullptr, count);
}

} // namespace

Notifications::Notifications(QDBusConnection bus, QObject* parent)
    : QObject(parent)
    , m_bus(std::move(bus)) {
    m_burst.setSingleShot(true);
    m_burst.setInterval(kBurstMs);
    connect(&m_burst, &QTimer::timeout, this, &Notifications::flush);
    if (m_bus.isConnected()) {
        const auto on = [this](const char* signal, const char* slot) {
            m_bus.connect(kService, kPath, kService, QLatin1String(signal), this, slot);
        };
        on("ActionInvoked", SLOT(actionInvoked(uint, QString)));
        on("NotificationReplied", SLOT(replied(uint, QString)));
        on("NotificationClosed", SLOT(closed(uint, uint)));
    }
}

Notifications::~Notifications() {
    withdrawAll();
}

void Notifications::setLevel(NotificationLevel level) {
    if (std::exchange(m_level, level) != level) {
        withdrawAll();
    }
}

void Notifications::add(const core::Message& message) {
    if (m_level == NotificationLevel::None || !m_bus.isConnected()) {
        return;
    }
    m_shown[message.conversation].messages.insert_or_assign(message.key, message);
    m_changed.insert(message.conversation);
    if (!m_burst.isActive()) {
        m_burst.start();
    }
}

void Notifications::change(const core::Message& message) {
    const auto found = m_shown.find(message.conversation);
    if (found == m_shown.end()) {
        return;
    }
    const auto told = found->second.messages.find(message.key);
    if (told == found->second.messages.end() || told->second.text == message.text) {
        return;
    }
    told->second = message;
    if (m_level == NotificationLevel::Full && !m_many) {
        show(message.conversation); // in the place of the one before
    }
}

void Notifications::remove(core::ConversationKey conversation, core::MessageKey message) {
    const auto found = m_shown.find(conversation);
    if (found == m_shown.end() || found->second.messages.erase(message) == 0) {
        return;
    }
    if (found->second.messages.empty()) {
        withdraw(conversation);
    } else if (!m_many) {
        show(conversation);
    } else {
        showMany();
    }
}

void Notifications::withdraw(core::ConversationKey conversation) {
    m_changed.erase(conversation);
    if (const auto found = m_shown.find(conversation); found != m_shown.end()) {
        found->second.messages.clear();
        close(found->second);
    }
    forgetEmpty();
    if (m_many) {
        if (shown().empty()) {
            close(*m_many);
            forgetEmpty();
        } else {
            showMany();
        }
    }
}

void Notifications::withdrawAll() {
    m_burst.stop();
    m_changed.clear();
    for (auto& [key, shown] : m_shown) {
        shown.messages.clear();
        close(shown);
    }
    if (m_many) {
        close(*m_many);
    }
    forgetEmpty();
}

std::vector<core::ConversationKey> Notifications::shown() const {
    std::vector<core::ConversationKey> keys;
    for (const auto& [key, shown] : m_shown) {
        if (!shown.messages.empty()) {
            keys.push_back(key);
        }
    }
    return keys;
}

void Notifications::flush() {
    // What the server can do is asked once, before the first.
    if (!m_capabilities) {
        if (!std::exchange(m_asksCapabilities, true)) {
            auto* const watcher =
                new QDBusPendingCallWatcher(m_bus.asyncCall(methodCall("GetCapabilities")), this);
            connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
                const QDBusPendingReply<QStringList> reply = *watcher;
                watcher->deleteLater();
                m_asksCapabilities = false;
                if (reply.isError()) {
                    withdrawAll(); // nobody shows any; asked again at the next message
                } else {
                    m_capabilities = reply.value();
                    flush();
                }
            });
        }
        return;
    }
    if (m_changed.size() >= kMany || m_many) {
        showMany();
    } else {
        for (const core::ConversationKey key : m_changed) {
            show(key);
        }
    }
    m_changed.clear();
}

QString Notifications::bodyText(const QString& shown) const {
    return m_capabilities->contains(QLatin1String("body-markup")) ? shown.toHtmlEscaped() : shown;
}

void Notifications::show(core::ConversationKey conversation) {
    const auto found = m_shown.find(conversation);
    if (found == m_shown.end() || found->second.messages.empty() || !m_capabilities) {
        return;
    }
    const std::map<core::MessageKey, core::Message>& messages = found->second.messages;
    const core::Message& newest = messages.rbegin()->second;
    const int count = static_cast<int>(messages.size());
    // What a stranger calls themself and says waits in the window.
    if (newest.isRequest) {
        send(found->second, conversation, tr("Somebody new wrote to you"), {});
        return;
    }
    const QString summary = shownName(newest.senderName);
    const QString number = newMessages(count);
    if (m_level == NotificationLevel::Full) {
        const QString text = bodyText(shownLine(newest.text));
        send(found->second, conversation, summary, count > 1 ? text + QLatin1Char('\n') + number : text);
    } else {
        send(found->second, conversation, summary, number);
    }
}

void Notifications::showMany() {
    std::size_t count = 0;
    for (auto& [key, shown] : m_shown) {
        count += shown.messages.size();
        if (shown.id != 0 || shown.asking) {
            close(shown);
        }
    }
    if (!m_many) {
        m_many.emplace();
    }
    send(*m_many, std::nullopt, newMessages(static_cast<int>(count)),
         inConversations(static_cast<int>(shown().size())));
}

void Notifications::send(Shown& shown, std::optional<core::ConversationKey> conversation,
                         const QString& summary, const QString& body) {
    shown.withdrawn = false;
    if (shown.asking) {
        shown.again = true;
        return;
    }
    shown.asking = true;
    QStringList actions{QStringLiteral("default"), tr("Open")};
    QVariantMap hints{{QStringLiteral("desktop-entry"), QStringLiteral("org.sotto.Sotto")},
                      {QStringLiteral("category"), QStringLiteral("im.received")},
                      {QStringLiteral("urgency"), QVariant::fromValue(uchar{1})}};
    if (conversation && m_capabilities->contains(QLatin1String("inline-reply"))) {
        actions << QStringLiteral("inline-reply") << tr("Reply");
        hints.insert(QStringLiteral("x-kde-reply-placeholder-text"), tr("Reply…"));
    } else if (conversation) {
        actions << QStringLiteral("reply") << tr("Reply");
    }
    if (conversation) {
        actions << QStringLiteral("read") << tr("Mark as read");
    }
    if (!m_capabilities->contains(QLatin1String("actions"))) {
        actions.clear();
    }
    constexpr int kAsTheServerLikes = -1;
    QDBusMessage call = methodCall("Notify");
    call << QStringLiteral("Sotto") << shown.id << QStringLiteral("org.sotto.Sotto") << summary << body
         << actions << hints << kAsTheServerLikes;
    auto* const watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, conversation] {
        const QDBusPendingReply<uint> reply = *watcher;
        watcher->deleteLater();
        Shown* const asked = find(conversation);
        if (asked == nullptr) {
            return;
        }
        asked->asking = false;
        asked->id = reply.isError() ? 0 : reply.value();
        if (reply.isError()) {
            m_capabilities.reset(); // another server may stand there the next time
        }
        if (asked->withdrawn) {
            close(*asked);
            forgetEmpty();
        } else if (std::exchange(asked->again, false)) {
            conversation ? show(*conversation) : showMany();
        }
    });
}

void Notifications::close(Shown& shown) {
    shown.again = false;
    if (shown.asking) {
        shown.withdrawn = true;
        return;
    }
    if (shown.id != 0) {
        QDBusMessage call = methodCall("CloseNotification");
        call << std::exchange(shown.id, 0U);
        m_bus.asyncCall(call);
    }
}

void Notifications::forgetEmpty() {
    std::erase_if(m_shown, [](const auto& entry) {
        return entry.second.messages.empty() && entry.second.id == 0 && !entry.second.asking;
    });
    if (m_many && m_many->id == 0 && !m_many->asking) {
        m_many.reset();
    }
}

Notifications::Shown* Notifications::find(std::optional<core::ConversationKey> conversation) {
    if (!conversation) {
        return m_many ? &*m_many : nullptr;
    }
    const auto found = m_shown.find(*conversation);
    return found == m_shown.end() ? nullptr : &found->second;
}

std::optional<NewsPlace> Notifications::placeOf(uint id) const {
    for (const auto& [key, shown] : m_shown) {
        if (shown.id == id && id != 0 && !shown.messages.empty()) {
            return NewsPlace{key, shown.messages.rbegin()->first};
        }
    }
    return std::nullopt;
}

void Notifications::actionInvoked(uint id, const QString& action) {
    if (m_many && m_many->id == id && id != 0) {
        emit showWanted();
        return;
    }
    const auto place = placeOf(id); // the server tells everybody of everything
    if (place && action == QLatin1String("read")) {
        emit markReadWanted(*place);
    } else if (place) {
        emit openWanted(*place);
    }
}

void Notifications::replied(uint id, const QString& text) {
    const auto place = placeOf(id);
    if (place && !text.trimmed().isEmpty()) {
        emit replyWanted(*place, text);
    }
}

void Notifications::closed(uint id, uint) {
    if (id == 0) {
        return;
    }
    if (m_many && m_many->id == id) {
        m_many->id = 0;
        for (auto& [key, shown] : m_shown) {
            shown.messages.clear();
        }
    } else if (const auto place = placeOf(id)) {
        Shown& shown = m_shown.at(place->conversation);
        shown.id = 0;
        shown.messages.clear(); // the person has seen it and sent it away; only what comes now is news
    }
    forgetEmpty();
}

} // namespace sotto::app
