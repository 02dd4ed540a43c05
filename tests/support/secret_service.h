// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// As much of a Secret Service as sotto-keychain's libraries ask of one, on a bus of the test's own: one
/// collection, plain sessions, nothing locked (specifications.freedesktop.org/secret-service). Answers from
/// the event loop of its thread.

#include <QDBusArgument>
#include <QDBusConnection>
#include <QDBusError>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QDBusVirtualObject>
#include <QMap>
#include <algorithm>

namespace sotto::test {

using Attributes = QMap<QString, QString>;

/// (oayays): session, parameters, value, content type.
struct WireSecret {
    QDBusObjectPath session;
    QByteArray parameters;
    QByteArray value;
    QString contentType;
};
inline QDBusArgument& operator<<(QDBusArgument& out, const WireSecret& secret) {
    out.beginStructure();
    out << secret.session << secret.parameters << secret.value << secret.contentType;
    out.endStructure();
    return out;
}
inline const QDBusArgument& operator>>(const QDBusArgument& in, WireSecret& secret) {
    in.beginStructure();
    in >> secret.session >> secret.parameters >> secret.value >> secret.contentType;
    in.endStructure();
    return in;
}
using WireSecrets = QMap<QDBusObjectPath, WireSecret>;

class SecretService final : public QDBusVirtualObject {
public:
    explicit SecretService(const QString& address)
        : m_bus(QDBusConnection::connectToBus(address, "secret service " + address)) {
        qDBusRegisterMetaType<WireSecret>();
        qDBusRegisterMetaType<WireSecrets>();
        qDBusRegisterMetaType<Attributes>();
        m_isThere = m_bus.isConnected() &&
                    m_bus.registerVirtualObject("/org/freedesktop/secrets", this, QDBusConnection::SubPath) &&
                    m_bus.registerService("org.freedesktop.secrets");
    }
    ~SecretService() override { QDBusConnection::disconnectFromBus(m_bus.name()); }

    bool isThere() const { return m_isThere; }
    bool isSilent = false;
    int calls = 0;

    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection& bus) override {
        ++calls;
        if (isSilent) {
            return true; // taken, and never answered
        }
        const QString member = message.member();
        const QVariantList arguments = message.arguments();
        const auto reply = [&](const QVariantList& values) { return bus.send(message.createReply(values)); };
        const QVariant nothing = QVariant::fromValue(QDBusObjectPath("/"));
        if (member == "OpenSession") {
            if (arguments[0].toString() != "plain") {
                return bus.send(message.createErrorReply(QDBusError::NotSupported, "plain only"));
            }
            return reply({QVariant::fromValue(QDBusVariant(QString())), QVariant::fromValue(kSession)});
        }
        if (member == "SearchItems") {
            QList<QDBusObjectPath> found;
            const auto wanted = qdbus_cast<Attributes>(arguments[0]);
            for (auto item = m_items.begin(); item != m_items.end(); ++item) {
                const Attributes& has = item->attributes; // maybe more than is asked for
                if (std::all_of(wanted.keyBegin(), wanted.keyEnd(),
                                [&](const QString& name) { return has.value(name) == wanted[name]; })) {
                    found.append(QDBusObjectPath(item.key()));
                }
            }
            return reply({QVariant::fromValue(found), QVariant::fromValue(QList<QDBusObjectPath>())});
        }
        if (member == "GetSecrets") {
            WireSecrets secrets;
            for (const QDBusObjectPath& path : qdbus_cast<QList<QDBusObjectPath>>(arguments[0])) {
                secrets[path] = m_items[path.path()].secret;
            }
            return reply({QVariant::fromValue(secrets)});
        }
        if (member == "CreateItem") {
            const auto properties = qdbus_cast<QVariantMap>(arguments[0]);
            const auto attributes =
                qdbus_cast<Attributes>(properties["org.freedesktop.Secret.Item.Attributes"]);
            m_items.removeIf([&](const auto& item) { return item.value().attributes == attributes; });
            const QString path = QStringLiteral("/org/freedesktop/secrets/collection/test/%1").arg(++m_last);
            m_items[path] = {attributes, qdbus_cast<WireSecret>(arguments[1])};
            return reply({QVariant::fromValue(QDBusObjectPath(path)), nothing});
        }
        if (member == "Unlock") {
            return reply({arguments[0], nothing});
        }
        if (member == "Delete") {
            m_items.remove(message.path());
            return reply({nothing});
        }
        if (member == "ReadAlias") {
            return reply({QVariant::fromValue(QDBusObjectPath("/org/freedesktop/secrets/collection/test"))});
        }
        if (member == "GetAll") {
            return reply({QVariantMap{}});
        }
        return bus.send(message.createErrorReply(QDBusError::UnknownMethod, member));
    }

private:
    struct Item {
        Attributes attributes;
        WireSecret secret;
    };
    inline static const QDBusObjectPath kSession{"/org/freedesktop/secrets/session/test"};
    QDBusConnection m_bus;
    bool m_isThere = false;
    QMap<QString, Item> m_items;
    int m_last = 0;
};

} // namespace sotto::test
