// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/line_socket.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace sotto::rpc {

LineSocket::LineSocket(int descriptor, qsizetype longestLine, Listener listener)
    : m_descriptor(descriptor)
    , m_longestLine(longestLine)
    , m_listener(std::move(listener))
    , m_readable(descriptor, QSocketNotifier::Read)
    , m_writable(descriptor, QSocketNotifier::Write) {
    m_writable.setEnabled(false);
    QObject::connect(&m_readable, &QSocketNotifier::activated, &m_readable, [this] { read(); });
    QObject::connect(&m_writable, &QSocketNotifier::activated, &m_writable, [this] { write(); });
}

LineSocket::~LineSocket() {
    m_readable.setEnabled(false);
    m_writable.setEnabled(false);
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

void LineSocket::send(const QByteArray& line) {
    if (m_descriptor < 0) {
        return;
    }
    m_unsent += line;
    m_unsent += '\n';
    write();
}

void LineSocket::read() {
    std::array<char, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    const ssize_t size = recv(m_descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        close();
        return;
    }
    m_received.append(buffer.data(), static_cast<qsizetype>(size));
    qsizetype begin = 0;
    for (qsizetype end = m_received.indexOf('\n'); end >= 0; end = m_received.indexOf('\n', begin)) {
        if (end - begin > m_longestLine) {
            close();
            return;
        }
        m_listener.line(m_received.mid(begin, end - begin));
        if (m_descriptor < 0) {
            return; // closed by a failed write meanwhile
        }
        begin = end + 1;
    }
    m_received.remove(0, begin);
    if (m_received.size() > m_longestLine) {
        close();
    }
}

void LineSocket::write() {
    while (!m_unsent.isEmpty()) {
        const ssize_t size = ::send(m_descriptor, m_unsent.constData(),
                                    static_cast<std::size_t>(m_unsent.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            // Anything but a full buffer shows as a closed socket to read() too: it ends there.
            m_writable.setEnabled(errno == EAGAIN);
            if (errno != EAGAIN) {
                m_unsent.clear();
            }
            return;
        }
        m_unsent.remove(0, static_cast<qsizetype>(size));
    }
    m_writable.setEnabled(false);
}

void LineSocket::close() {
    m_readable.setEnabled(false);
    m_writable.setEnabled(false);
    ::close(m_descriptor);
    m_descriptor = -1;
    m_unsent.clear();
    const auto closed = m_listener.closed; // the listener may end this object
    closed();
}

bool isOwnUser(int descriptor) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

} // namespace sotto::rpc
