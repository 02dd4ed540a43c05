// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/remote_channel.h"

#include <QJsonDocument>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sotto::rpc {

namespace {

/// A page of 200 messages of 64 KiB, every byte escaped, fits.
constexpr qsizetype kLongestAnswer = 128 * 1024 * 1024;

auto ownerGone() {
    return fail(Exit::Locked, "owner_gone", "the process that had the profile open has ended: try again");
}

} // namespace

std::unique_ptr<RemoteChannel> RemoteChannel::connect(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        return nullptr;
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return nullptr;
    }
    // Blocking: with a full backlog it waits for the owner to accept, which it does at once.
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        !isOwnUser(descriptor) || fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0) {
        ::close(descriptor);
        return nullptr;
    }
    return std::unique_ptr<RemoteChannel>(new RemoteChannel(descriptor));
}

RemoteChannel::RemoteChannel(int descriptor)
    : m_socket(descriptor, kLongestAnswer,
               {[this](const QByteArray& line) { answered(line); }, [this] { lost(); }}) {}

void RemoteChannel::call(const std::string& method, const QJsonObject& params, Reply reply) {
    if (m_lost) {
        QMetaObject::invokeMethod(
            &m_context, [reply = std::move(reply)] { reply(ownerGone()); }, Qt::QueuedConnection);
        return;
    }
    const int id = ++m_lastId;
    m_open[id] = std::move(reply);
    m_socket.send(QJsonDocument(QJsonObject{{"jsonrpc", "2.0"},
                                            {"id", id},
                                            {"method", QString::fromStdString(method)},
                                            {"params", params}})
                      .toJson(QJsonDocument::Compact));
}

void RemoteChannel::answered(const QByteArray& line) {
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object["method"] == QJsonValue("event")) {
        const QJsonObject params = object["params"].toObject();
        if (onEvent) {
            onEvent(params["subscription"].toString(), params["event"].toObject());
        }
        return;
    }
    const auto open = m_open.find(object["id"].toInt());
    if (open == m_open.end()) {
        return;
    }
    const Reply reply = std::move(open->second);
    m_open.erase(open);
    if (object.contains("error")) {
        reply(tl::unexpected(errorFromJson(object["error"].toObject())));
    } else {
        reply(object["result"].toObject());
    }
}

void RemoteChannel::lost() {
    m_lost = true;
    // Later, and not from inside the socket: a reply may end this channel.
    QMetaObject::invokeMethod(
        &m_context,
        [this] {
            const auto open = std::exchange(m_open, {});
            const auto closed = onClosed;
            for (const auto& [id, reply] : open) {
                reply(ownerGone());
            }
            if (closed) {
                closed();
            }
        },
        Qt::QueuedConnection);
}

} // namespace sotto::rpc
