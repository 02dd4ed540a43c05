// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The profile's local socket: JSON-RPC 2.0, one message a line, served by the process that owns the profile
/// to other processes of the same user. A request has at most kLongestRequest bytes.

#include "core/rpc/line_socket.h"
#include "core/rpc/session.h"

#include <filesystem>

namespace sotto::rpc {

inline constexpr qsizetype kLongestRequest = 1024 * 1024;
inline constexpr std::size_t kMostConnections = 512;

class SocketServer {
public:
    /// Serves at this path, whose folder is made 0700 and whose socket is 0600. Whatever stands there is a
    /// leftover, since the caller holds the profile's lock.
    static Result<std::unique_ptr<SocketServer>> listen(Owner& owner, const std::filesystem::path& path);
    ~SocketServer();
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;

    /// Takes no further connections; those there are end when their open calls are answered. done comes from
    /// the event loop.
    void finish(std::function<void()> done);

private:
    struct Connection;
    SocketServer(Owner& owner, std::filesystem::path path, int descriptor);
    void accept();
    void request(Connection& connection, const QByteArray& line);
    void remove(Connection& connection);
    void finishIfIdle();
    void stopListening();

    Owner& m_owner;
    std::filesystem::path m_path;
    int m_descriptor;
    std::unique_ptr<QSocketNotifier> m_incoming;
    std::vector<std::shared_ptr<Connection>> m_connections;
    std::function<void()> m_finished;
    QObject m_context;
};

} // namespace sotto::rpc
