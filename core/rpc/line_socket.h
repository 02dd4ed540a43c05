// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A connected local stream socket as lines of bounded length, driven by a Qt event loop. Raw AF_UNIX instead
/// of QLocalSocket: the peer's user is asked for, and opening costs one system call.

#include <QByteArray>
#include <QSocketNotifier>
#include <functional>
#include <memory>

namespace sotto::rpc {

class LineSocket {
public:
    struct Listener {
        std::function<void(const QByteArray& line)> line; ///< without its newline
        /// The peer has gone, or sent a line over the limit. Comes once and last.
        std::function<void()> closed;
    };
    /// Takes the descriptor over. The listener may end the socket from `closed`, not from `line`.
    LineSocket(int descriptor, qsizetype longestLine, Listener listener);
    ~LineSocket();
    LineSocket(const LineSocket&) = delete;
    LineSocket& operator=(const LineSocket&) = delete;

    /// Adds the newline. Kept in memory until the peer takes it.
    void send(const QByteArray& line);
    bool hasUnsent() const { return !m_unsent.isEmpty(); }

private:
    void read();
    void write();
    void close();

    int m_descriptor;
    qsizetype m_longestLine;
    Listener m_listener;
    QByteArray m_received;
    QByteArray m_unsent;
    QSocketNotifier m_readable;
    QSocketNotifier m_writable;
};

/// Whether the process at the other end runs under our own user id (SO_PEERCRED).
bool isOwnUser(int descriptor);

} // namespace sotto::rpc
