// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/instance.h"

#include "core/paths.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QTimer>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace sotto::app {
namespace {

constexpr int kPatienceMs = 5000;

} // namespace

Instance::Instance(const std::filesystem::path& socket, QObject* parent)
    : QObject(parent)
    , m_path(QString::fromStdString(socket.string()) + QStringLiteral(".w")) {
    if (!core::makePrivateDirectory(socket.parent_path())) {
        return;
    }
    m_lock = open((m_path + QStringLiteral(".lock")).toLocal8Bit().constData(), O_RDWR | O_CREAT | O_CLOEXEC,
                  0600);
    if (m_lock < 0) {
        return;
    }
    m_isFirst = flock(m_lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (!m_isFirst) {
        close(std::exchange(m_lock, -1));
        return;
    }
    QLocalServer::removeServer(m_path); // a leftover: the lock is ours
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server.get(), &QLocalServer::newConnection, this, &Instance::accept);
    m_server->listen(m_path);
}

Instance::~Instance() {
    m_server.reset();
    if (m_lock >= 0) {
        close(m_lock); // the file stays: whoever removes it may take it from a third
    }
}

bool Instance::tellFirst(const QString& link) const {
    QLocalSocket socket;
    socket.connectToServer(m_path);
    if (!socket.waitForConnected(kPatienceMs)) {
        return false;
    }
    socket.write("open " + link.left(kLongestRequest / 4).toUtf8().replace('\n', ' ') + '\n');
    return socket.waitForReadyRead(kPatienceMs) && socket.readAll() == "ok\n";
}

void Instance::accept() {
    while (QLocalSocket* const socket = m_server->nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        QTimer::singleShot(kPatienceMs, socket, &QLocalSocket::abort);
        const auto read = [this, socket] {
            if (!socket->canReadLine()) {
                if (socket->bytesAvailable() > kLongestRequest) {
                    socket->abort();
                }
                return;
            }
            const QByteArray line = socket->readLine(kLongestRequest);
            if (line.startsWith("open ") && line.endsWith('\n')) {
                socket->write("ok\n");
                socket->flush();
                socket->disconnectFromServer();
                emit startedAgain(QString::fromUtf8(line.mid(5).trimmed()));
            } else {
                socket->abort();
            }
        };
        connect(socket, &QLocalSocket::readyRead, this, read);
        if (socket->bytesAvailable() > 0) {
            read();
        }
    }
}

} // namespace sotto::app
