// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/socket_server.h"

#include "core/rpc/objects.h"

#include <QJsonDocument>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sotto::rpc {

namespace {

constexpr int kBacklog = 128;

QByteArray lineOf(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray answer(const QJsonValue& id, const Result<QJsonObject>& result) {
    QJsonObject object{{"jsonrpc", "2.0"}, {"id", id}};
    if (result) {
        object["result"] = *result;
    } else {
        object["error"] = toJson(result.error());
    }
    return lineOf(object);
}

auto systemFailure(const std::string& what) {
    return fail(Exit::Usage, "socket", what + ": " + std::strerror(errno));
}

} // namespace

struct SocketServer::Connection {
    Connection(Owner& owner, int descriptor, LineSocket::Listener listener)
        : socket(descriptor, kLongestRequest, std::move(listener))
        , session(owner, [this](const QString& subscription, const QJsonObject& event) {
            socket.send(lineOf({{"jsonrpc", "2.0"},
                                {"method", "event"},
                                {"params", QJsonObject{{"subscription", subscription}, {"event", event}}}}));
        }) {}
    LineSocket socket;
    Session session;
    int open = 0; ///< calls not answered yet
};

Result<std::unique_ptr<SocketServer>> SocketServer::listen(Owner& owner, const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // Bound under another name and then moved: nobody finds a socket that does not listen yet.
    const std::string fresh = path.string() + ".new";
    if (fresh.size() >= sizeof address.sun_path) {
        return fail(Exit::Usage, "socket", "the path of the profile's socket is too long: " + path.string());
    }
    std::memcpy(address.sun_path, fresh.c_str(), fresh.size() + 1);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    struct stat folder {};
    if (stat(path.parent_path().c_str(), &folder) != 0 || folder.st_uid != geteuid()) {
        return fail(Exit::Usage, "socket",
                    "the folder of the profile's socket is not yours: " + path.parent_path().string());
    }
    if (chmod(path.parent_path().c_str(), 0700) != 0) {
        return systemFailure("cannot protect " + path.parent_path().string());
    }
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return systemFailure("cannot make the profile's socket");
    }
    ::unlink(fresh.c_str());
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        chmod(fresh.c_str(), 0600) != 0 || ::listen(descriptor, kBacklog) != 0 ||
        rename(fresh.c_str(), path.c_str()) != 0) {
        const auto failed = systemFailure("cannot serve the profile's socket " + path.string());
        ::close(descriptor);
        return failed;
    }
    return std::unique_ptr<SocketServer>(new SocketServer(owner, path, descriptor));
}

SocketServer::SocketServer(Owner& owner, std::filesystem::path path, int descriptor)
    : m_owner(owner)
    , m_path(std::move(path))
    , m_descriptor(descriptor)
    , m_incoming(std::make_unique<QSocketNotifier>(descriptor, QSocketNotifier::Read)) {
    QObject::connect(m_incoming.get(), &QSocketNotifier::activated, &m_context, [this] { accept(); });
}

SocketServer::~SocketServer() {
    stopListening();
}

void SocketServer::stopListening() {
    if (m_descriptor < 0) {
        return;
    }
    m_incoming->setEnabled(false);
    m_incoming.reset();
    ::unlink(m_path.c_str());
    ::close(m_descriptor);
    m_descriptor = -1;
}

void SocketServer::accept() {
    const int peer = accept4(m_descriptor, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer < 0) {
        return;
    }
    // The folder's mode keeps others out already; this holds where somebody opened it up.
    if (!isOwnUser(peer) || m_connections.size() >= kMostConnections) {
        ::close(peer);
        return;
    }
    const auto place = std::make_shared<Connection*>(nullptr);
    auto connection =
        std::make_shared<Connection>(m_owner, peer,
                                     LineSocket::Listener{
                                         [this, place](const QByteArray& line) { request(**place, line); },
                                         [this, place] { remove(**place); },
                                     });
    *place = connection.get();
    m_connections.push_back(std::move(connection));
}

void SocketServer::request(Connection& connection, const QByteArray& line) {
    const auto refuse = [&](const QJsonValue& id, const char* code, const char* text) {
        connection.socket.send(answer(id, fail(Exit::Usage, code, text)));
    };
    QJsonParseError parsing;
    const QJsonDocument document = QJsonDocument::fromJson(line, &parsing);
    if (parsing.error != QJsonParseError::NoError) {
        refuse(QJsonValue::Null, "bad_json", "a request is one JSON object in one line");
        return;
    }
    const QJsonObject object = document.object();
    const QJsonValue id = object["id"];
    if (!document.isObject() || object["jsonrpc"] != QJsonValue("2.0") || !object["method"].isString() ||
        (object.contains("params") && !object["params"].isObject()) ||
        (object.contains("id") && !id.isString() && !id.isDouble() && !id.isNull())) {
        refuse(QJsonValue::Null, "bad_request",
               "a request has jsonrpc \"2.0\", method, id and params by name");
        return;
    }
    const bool wantsAnswer = object.contains("id");
    ++connection.open;
    // Weak: the answer may come after the connection has gone. The session drops most of those by itself.
    std::weak_ptr<Connection> asker;
    for (const auto& known : m_connections) {
        if (known.get() == &connection) {
            asker = known;
        }
    }
    connection.session.call(object["method"].toString().toStdString(), object["params"].toObject(),
                            [this, asker, id, wantsAnswer](const Result<QJsonObject>& result) {
                                const auto there = asker.lock();
                                if (!there) {
                                    return;
                                }
                                --there->open;
                                if (wantsAnswer) {
                                    there->socket.send(answer(id, result));
                                }
                                finishIfIdle();
                            });
}

void SocketServer::remove(Connection& connection) {
    // Kept alive until this call chain is done.
    for (auto known = m_connections.begin(); known != m_connections.end(); ++known) {
        if (known->get() == &connection) {
            QMetaObject::invokeMethod(
                &m_context, [ended = *known]() mutable { ended.reset(); }, Qt::QueuedConnection);
            m_connections.erase(known);
            break;
        }
    }
    finishIfIdle();
}

void SocketServer::finish(std::function<void()> done) {
    stopListening();
    m_finished = std::move(done);
    finishIfIdle();
}

void SocketServer::finishIfIdle() {
    if (!m_finished) {
        return;
    }
    for (const auto& connection : m_connections) {
        if (connection->open > 0 || connection->socket.hasUnsent()) {
            return;
        }
    }
    QMetaObject::invokeMethod(&m_context, std::exchange(m_finished, nullptr), Qt::QueuedConnection);
}

} // namespace sotto::rpc
