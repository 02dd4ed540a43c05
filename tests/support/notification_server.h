// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What shows notifications on a desktop, on a bus of the test's own: keeps what it is told and says what a
/// person does with it (Desktop Notifications Specification 1.2). Answers from the event loop of its thread.

#include <QDBusArgument>
#include <QDBusConnection>
#include <QDBusError>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QMap>

namespace sotto::test {

class NotificationServer final : public QDBusVirtualObject {
public:
    struct Notification {
        QString summary;
        QString body;
        QStringList actions; ///< keys only
        QVariantMap hints;
    };

    NotificationServer(const QString& address, QStringList capabilities)
        : m_capabilities(std::move(capabilities))
        , m_bus(QDBusConnection::connectToBus(address, "notifications " + address)) {
        m_bus.registerVirtualObject("/org/freedesktop/Notifications", this);
        m_bus.registerService("org.freedesktop.Notifications");
    }
    ~NotificationServer() override { QDBusConnection::disconnectFromBus(m_bus.name()); }

    QMap<uint, Notification> shown;
    int notified = 0; ///< calls of Notify
    bool isSilent = false;

    // What the person does.
    void press(uint id, const QString& action) { tell("ActionInvoked", {id, action}); }
    void reply(uint id, const QString& text) { tell("NotificationReplied", {id, text}); }
    void dismiss(uint id) {
        shown.remove(id);
        tell("NotificationClosed", {id, 2U});
    }

    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection& bus) override {
        if (isSilent) {
            return true; // taken, and never answered
        }
        const QVariantList arguments = message.arguments();
        if (message.member() == "GetCapabilities") {
            return bus.send(message.createReply(QVariant(m_capabilities)));
        }
        if (message.member() == "Notify" && message.signature() == "susssasa{sv}i") {
            ++notified;
            const uint replaced = arguments[1].toUInt();
            const uint id = shown.contains(replaced) ? replaced : ++m_last;
            Notification made{
                arguments[3].toString(), arguments[4].toString(), {}, qdbus_cast<QVariantMap>(arguments[6])};
            const QStringList actions = arguments[5].toStringList();
            for (qsizetype i = 0; i < actions.size(); i += 2) {
                made.actions.append(actions[i]);
            }
            shown[id] = made;
            return bus.send(message.createReply(id));
        }
        if (message.member() == "CloseNotification") {
            const uint id = arguments[0].toUInt();
            if (shown.remove(id) > 0) {
                tell("NotificationClosed", {id, 3U});
            }
            return bus.send(message.createReply());
        }
        return bus.send(message.createErrorReply(QDBusError::UnknownMethod, message.member()));
    }

private:
    void tell(const QString& name, const QVariantList& arguments) {
        QDBusMessage signal = QDBusMessage::createSignal("/org/freedesktop/Notifications",
                                                         "org.freedesktop.Notifications", name);
        signal.setArguments(arguments);
        m_bus.send(signal);
    }
    QStringList m_capabilities;
    QDBusConnection m_bus;
    uint m_last = 0;
};

} // namespace sotto::test
