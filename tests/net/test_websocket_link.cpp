// SPDX-License-Identifier: GPL-3.0-or-later
// The link against servers that are not what they should be (cases 33, 85, 86, 87, 93 on the client's side).
#include "core/net/relay_pin.h"
#include "core/net/websocket_link.h"
#include "core/wire/packet.h"

#include <QProcess>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

using namespace sotto;
using namespace sotto::net;

namespace {

struct Identity {
    QSslCertificate certificate;
    QSslKey key;
    RelayId pin;
};

/// By the openssl program, so that what is tested is not also what made it.
Identity makeIdentity(const QString& algorithm = "ec") {
    QTemporaryDir folder;
    const QString key = folder.filePath("key.pem");
    const QString certificate = folder.filePath("certificate.pem");
    QStringList arguments = {"req",       "-x509",   "-nodes", "-days", "2",        "-subj",
                             "/CN=sotto", "-keyout", key,      "-out",  certificate};
    arguments += algorithm == "ec" ? QStringList{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"}
                                   : QStringList{"-newkey", "rsa:2048"};
    QProcess openssl; // its progress dots stay in it
    openssl.start("openssl", arguments);
    if (!openssl.waitForFinished() || openssl.exitCode() != 0) {
        qFatal("openssl made no certificate");
    }
    QFile keyFile(key);
    if (!keyFile.open(QFile::ReadOnly)) {
        qFatal("no key");
    }
    Identity identity;
    identity.certificate = QSslCertificate::fromPath(certificate).first();
    identity.key = QSslKey(&keyFile, algorithm == "ec" ? QSsl::Ec : QSsl::Rsa);
    identity.pin.value = publicKeyHash(identity.certificate.toDer())->value;
    return identity;
}

/// A WebSocket server with TLS that answers what a test wants.
class Server {
public:
    explicit Server(const Identity& identity, QSsl::SslProtocol protocol = QSsl::TlsV1_2OrLater)
        : m_server("relay", QWebSocketServer::SecureMode) {
        QSslConfiguration tls;
        tls.setLocalCertificate(identity.certificate);
        tls.setPrivateKey(identity.key);
        tls.setProtocol(protocol);
        tls.setPeerVerifyMode(QSslSocket::VerifyNone);
        m_server.setSslConfiguration(tls);
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server, [this] {
            while (QWebSocket* socket = m_server.nextPendingConnection()) {
                socket->setParent(&m_server);
                ++upgraded;
                QObject::connect(socket, &QWebSocket::binaryMessageReceived, &m_server,
                                 [this](const QByteArray& message) { received.append(message); });
                if (onConnected) {
                    onConnected(*socket);
                }
            }
        });
    }
    quint16 port() const { return m_server.serverPort(); }
    int upgraded = 0;
    QList<QByteArray> received;
    std::function<void(QWebSocket&)> onConnected;

private:
    QWebSocketServer m_server;
};

/// A TCP server that counts what it gets and says one thing.
class RawServer {
public:
    explicit RawServer(QByteArray answer)
        : m_answer(std::move(answer)) {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket* socket = m_server.nextPendingConnection();
            ++connections;
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                received += socket->readAll();
                if (received.contains("\r\n\r\n") || received.size() > 100) {
                    socket->write(m_answer);
                }
            });
        });
    }
    quint16 port() const { return m_server.serverPort(); }
    QByteArray received;
    int connections = 0;

private:
    QTcpServer m_server;
    QByteArray m_answer;
};

struct Watched {
    int connected = 0;
    int lost = 0;
    std::string reason;
    core::LinkLoss loss = core::LinkLoss::Network;
    Digest key;
    QList<QByteArray> packets;
    WebsocketLink link{{
        [this](const Digest& tlsKeyHash) {
            ++connected;
            key = tlsKeyHash;
        },
        [this](BytesView packet) {
            packets.append(QByteArray(reinterpret_cast<const char*>(packet.data()),
                                      static_cast<qsizetype>(packet.size())));
        },
        [this](const std::string& why, core::LinkLoss how) {
            ++lost;
            reason = why;
            loss = how;
        },
    }};
};

wire::RelayAddress address(quint16 port, const RelayId& pin) {
    return {"127.0.0.1", port, pin, false};
}

constexpr int kPatienceMs = 20'000;

} // namespace

class TestWebsocketLink : public QObject {
    Q_OBJECT
private slots:
    void framesGoBothWays();
    void thePinIsTheHashThatOpensslGives();
    void case85AnotherKeyIsRefusedBeforeAnyByte();
    void case85AnOldProtocolIsRefused();
    void case85GarbageIsRefused();
    void case86ASystemAuthorityDoesNotHelp();
    void case87ARedirectIsNotFollowed();
    void case87PlainIsForThisComputerOnly();
    void case93AMessageOverTheLimitEndsTheConnection();
    void case33NoCompressionIsAskedFor();
    void textIsRefused();
    void noNewsComesAfterDisconnect();
    void nobodyThereIsSaidOnce();
};

void TestWebsocketLink::framesGoBothWays() {
    const Identity identity = makeIdentity();
    Server server(identity);
    server.onConnected = [](QWebSocket& socket) { socket.sendBinaryMessage("hello"); };
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.packets.size(), 1, kPatienceMs);
    QCOMPARE(client.packets.first(), QByteArray("hello"));
    QVERIFY(client.key.value == identity.pin.value);
    client.link.send({1, 2, 3});
    QTRY_COMPARE_WITH_TIMEOUT(server.received.size(), 1, kPatienceMs);
    QCOMPARE(server.received.first(), QByteArray("\x01\x02\x03"));
    QCOMPARE(client.connected, 1);
    QCOMPARE(client.lost, 0);
}

void TestWebsocketLink::thePinIsTheHashThatOpensslGives() {
    const Identity identity = makeIdentity("rsa");
    QProcess openssl;
    openssl.start("openssl", {"pkey", "-pubin", "-outform", "DER"});
    openssl.write(identity.certificate.publicKey().toPem());
    openssl.closeWriteChannel();
    QVERIFY(openssl.waitForFinished(kPatienceMs));
    QCOMPARE(
        QString::fromStdString(identity.pin.hex()),
        QString(
            QCryptographicHash::hash(openssl.readAllStandardOutput(), QCryptographicHash::Sha256).toHex()));
    QVERIFY(!publicKeyHash("no certificate"));
}

void TestWebsocketLink::case85AnotherKeyIsRefusedBeforeAnyByte() {
    const Identity relay = makeIdentity();
    for (const QString& algorithm : {QString("ec"), QString("rsa")}) {
        const Identity other = makeIdentity(algorithm);
        Server server(other);
        Watched client;
        client.link.connect(address(server.port(), relay.pin));
        QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
        QVERIFY2(client.reason.find("another key") != std::string::npos, client.reason.c_str());
        QVERIFY(client.loss == core::LinkLoss::WrongKey);
        QCOMPARE(client.connected, 0);
        QCOMPARE(server.upgraded, 0);
    }
}

void TestWebsocketLink::case85AnOldProtocolIsRefused() {
    const Identity identity = makeIdentity();
    QT_WARNING_PUSH
    QT_WARNING_DISABLE_DEPRECATED
    Server server(identity, QSsl::TlsV1_1);
    QT_WARNING_POP
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QVERIFY(client.loss == core::LinkLoss::Network);
    QCOMPARE(client.connected, 0);
    QCOMPARE(server.upgraded, 0);
}

void TestWebsocketLink::case85GarbageIsRefused() {
    const Identity identity = makeIdentity();
    RawServer server(QByteArray(4096, '\xa5'));
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QCOMPARE(client.connected, 0);
}

void TestWebsocketLink::case86ASystemAuthorityDoesNotHelp() {
    // The other relay's certificate stands in Qt's default authorities: valid by every rule but ours.
    const Identity relay = makeIdentity();
    const Identity trusted = makeIdentity();
    const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
    QSslConfiguration rogue = before;
    rogue.addCaCertificate(trusted.certificate);
    QSslConfiguration::setDefaultConfiguration(rogue);
    Server server(trusted);
    Watched client;
    client.link.connect(address(server.port(), relay.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QSslConfiguration::setDefaultConfiguration(before);
    QCOMPARE(client.connected, 0);
    QCOMPARE(server.upgraded, 0);
}

void TestWebsocketLink::case87ARedirectIsNotFollowed() {
    RawServer elsewhere("");
    for (const char* status : {"301 Moved Permanently", "302 Found", "308 Permanent Redirect"}) {
        RawServer server("HTTP/1.1 " + QByteArray(status) + "\r\nLocation: ws://127.0.0.1:" +
                         QByteArray::number(elsewhere.port()) + "/\r\nContent-Length: 0\r\n\r\n");
        Watched client;
        client.link.connect({"127.0.0.1", server.port(), RelayId{}, true});
        QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
        QCOMPARE(client.connected, 0);
    }
    QCOMPARE(elsewhere.connections, 0);
}

void TestWebsocketLink::case87PlainIsForThisComputerOnly() {
    Watched client;
    client.link.connect({"192.0.2.1", 80, RelayId{}, true}); // an address for documentation: nothing is there
    QCOMPARE(client.lost, 0);                                // never from inside the call
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, 1'000);
    QVERIFY(client.reason.find("this computer only") != std::string::npos);
}

void TestWebsocketLink::case93AMessageOverTheLimitEndsTheConnection() {
    const Identity identity = makeIdentity();
    Server server(identity);
    server.onConnected = [](QWebSocket& socket) {
        socket.sendBinaryMessage(QByteArray(wire::kMaxPacketBytes, 'x'));
        socket.sendBinaryMessage(QByteArray(wire::kMaxPacketBytes + 1, 'x'));
    };
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QCOMPARE(client.packets.size(), 1);
}

void TestWebsocketLink::case33NoCompressionIsAskedFor() {
    RawServer server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    Watched client;
    client.link.connect({"127.0.0.1", server.port(), RelayId{}, true});
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QVERIFY(server.received.startsWith("GET / HTTP/1.1\r\n"));
    QVERIFY(!server.received.toLower().contains("sec-websocket-extensions"));
}

void TestWebsocketLink::textIsRefused() {
    const Identity identity = makeIdentity();
    Server server(identity);
    server.onConnected = [](QWebSocket& socket) { socket.sendTextMessage("hello"); };
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QCOMPARE(client.packets.size(), 0);
}

void TestWebsocketLink::noNewsComesAfterDisconnect() {
    const Identity identity = makeIdentity();
    Server server(identity);
    Watched client;
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.connected, 1, kPatienceMs);
    client.link.send({7});
    client.link.disconnect();
    QTRY_COMPARE_WITH_TIMEOUT(server.received.size(), 1, kPatienceMs); // what was sent before still goes
    QCOMPARE(client.lost, 0);
    // Another connection works, and the first one's end is not taken for its own.
    client.link.connect(address(server.port(), identity.pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.connected, 2, kPatienceMs);
    QCOMPARE(client.lost, 0);
}

void TestWebsocketLink::nobodyThereIsSaidOnce() {
    quint16 port = 0;
    {
        QTcpServer gone;
        gone.listen(QHostAddress::LocalHost);
        port = gone.serverPort();
    }
    Watched client;
    client.link.connect(address(port, makeIdentity().pin));
    QTRY_COMPARE_WITH_TIMEOUT(client.lost, 1, kPatienceMs);
    QCoreApplication::processEvents();
    QCOMPARE(client.lost, 1);
    QCOMPARE(client.connected, 0);
}

QTEST_GUILESS_MAIN(TestWebsocketLink)
#include "test_websocket_link.moc"
