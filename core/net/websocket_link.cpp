// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/websocket_link.h"

#include "core/net/relay_pin.h"
#include "core/wire/packet.h"

#include <QNetworkProxy>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTimer>
#include <QUrl>
#include <QWebSocket>

namespace sotto::net {

namespace {

constexpr int kOpenDeadlineMs = 10'000;

QUrl urlOf(const wire::RelayAddress& relay) {
    QUrl url;
    url.setScheme(relay.plain ? QStringLiteral("ws") : QStringLiteral("wss"));
    url.setHost(QString::fromStdString(relay.host));
    url.setPort(relay.port);
    url.setPath(QStringLiteral("/"));
    return url;
}

/// Nothing of the system's certificate store: the pin decides, in refuseWrongKey().
QSslConfiguration pinnedTls() {
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    tls.setCaCertificates({});
    return tls;
}

} // namespace

WebsocketLink::WebsocketLink(Listener listener)
    : m_listener(std::move(listener)) {}

WebsocketLink::~WebsocketLink() {
    drop();
}

void WebsocketLink::connect(const wire::RelayAddress& relay) {
    drop();
    m_reason.clear();
    m_loss = core::LinkLoss::Network;
    m_tlsKeyHash = Digest{};
    if (!m_deadline) {
        m_deadline = std::make_unique<QTimer>();
        m_deadline->setSingleShot(true);
        QObject::connect(m_deadline.get(), &QTimer::timeout, &m_context,
                         [this] { lose("the relay did not answer within 10 s"); });
    }
    m_deadline->start(kOpenDeadlineMs);
    if (relay.plain && !wire::isLoopback(relay.host)) {
        QMetaObject::invokeMethod(
            &m_context,
            [this, serial = m_serial] {
                if (serial == m_serial) {
                    lose("plain connections are for this computer only");
                }
            },
            Qt::QueuedConnection);
        return;
    }
    open(relay);
}

void WebsocketLink::open(const wire::RelayAddress& relay) {
    m_socket = new QWebSocket;
    m_socket->setProxy(QNetworkProxy::NoProxy);
    // Qt's own limits are 2 GB. A message over these ends the connection before it is gathered.
    m_socket->setMaxAllowedIncomingFrameSize(wire::kMaxPacketBytes);
    m_socket->setMaxAllowedIncomingMessageSize(wire::kMaxPacketBytes);
    QObject::connect(m_socket, &QWebSocket::connected, &m_context, [this, plain = relay.plain] {
        if (!plain && m_tlsKeyHash.isZero()) {
            lose("the relay's key was not seen"); // unreachable unless Qt changes: never without a pin check
            return;
        }
        m_deadline->stop();
        m_listener.connected(m_tlsKeyHash);
    });
    QObject::connect(m_socket, &QWebSocket::binaryMessageReceived, &m_context,
                     [this](const QByteArray& message) {
                         m_listener.packet({reinterpret_cast<const std::uint8_t*>(message.constData()),
                                            static_cast<std::size_t>(message.size())});
                     });
    QObject::connect(m_socket, &QWebSocket::textMessageReceived, &m_context,
                     [this] { lose("the relay sent text: not a Sotto relay"); });
    // Queued, since Qt reports some failures from inside open().
    const auto ended = [this, socket = m_socket, serial = m_serial] {
        if (serial == m_serial) {
            lose(m_reason.empty() ? socket->errorString().toStdString() : m_reason);
        }
    };
    QObject::connect(m_socket, &QWebSocket::disconnected, &m_context, ended, Qt::QueuedConnection);
    QObject::connect(m_socket, qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), &m_context, ended,
                     Qt::QueuedConnection);

    if (!relay.plain) {
        m_socket->setSslConfiguration(pinnedTls());
    }
    // A redirect is an error to QWebSocket; deflate is something it never offers.
    m_socket->open(QNetworkRequest(urlOf(relay)));
    if (relay.plain) {
        return;
    }
    // QWebSocket 6.4 has no signal between TLS and its upgrade request; the socket inside has.
    auto* tls = m_socket->findChild<QSslSocket*>();
    if (tls == nullptr) {
        m_reason = "this Qt has no TLS";
        QMetaObject::invokeMethod(&m_context, ended, Qt::QueuedConnection);
        return;
    }
    QObject::connect(tls, &QSslSocket::encrypted, &m_context,
                     [this, expected = relay.relay] { refuseWrongKey(expected); });
}

void WebsocketLink::refuseWrongKey(const RelayId& expected) {
    auto* tls = m_socket->findChild<QSslSocket*>();
    const auto seen = publicKeyHash(tls->peerCertificate().toDer());
    if (seen && seen->value == expected.value) {
        m_tlsKeyHash = *seen;
        return;
    }
    m_reason = "the relay shows another key than the one this account was made with: it is another relay, or "
               "somebody between";
    m_loss = core::LinkLoss::WrongKey;
    tls->abort(); // what Qt has written, the upgrade request, is thrown away unsent
}

void WebsocketLink::send(const Bytes& packet) {
    if (m_socket != nullptr && m_socket->isValid()) {
        m_socket->sendBinaryMessage(QByteArray::fromRawData(reinterpret_cast<const char*>(packet.data()),
                                                            static_cast<qsizetype>(packet.size())));
    }
}

void WebsocketLink::disconnect() {
    if (m_socket != nullptr && m_socket->isValid()) {
        m_socket->flush();
        QObject::disconnect(m_socket, nullptr, &m_context, nullptr);
        m_socket->close(QWebSocketProtocol::CloseCodeNormal);
        m_socket->flush();
    }
    drop();
}

void WebsocketLink::lose(const std::string& reason) {
    const std::string why = reason.empty() ? "the connection ended" : reason;
    drop();
    m_listener.disconnected(why, m_loss);
}

void WebsocketLink::drop() {
    ++m_serial;
    if (m_deadline) {
        m_deadline->stop();
    }
    if (m_socket == nullptr) {
        return;
    }
    if (auto* tls = m_socket->findChild<QSslSocket*>()) {
        QObject::disconnect(tls, nullptr, &m_context, nullptr);
    }
    QObject::disconnect(m_socket, nullptr, &m_context, nullptr);
    m_socket->abort();
    m_socket->deleteLater();
    m_socket = nullptr;
}

} // namespace sotto::net
