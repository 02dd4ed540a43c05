// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One WebSocket connection at a time to a relay, with the relay's key pinned. Lives in a thread with a Qt
/// event loop; every callback comes from that loop, never from inside a call into the link.

#include "core/base/ids.h"
#include "core/sync/edge.h"
#include "core/wire/link.h"

#include <QObject>
#include <functional>
#include <memory>
#include <string>

class QTimer;
class QWebSocket;

namespace sotto::net {

class WebsocketLink {
public:
    struct Listener {
        /// Upgraded, and the pin is right: frames may go. The hash is zero on a plain loopback link.
        std::function<void(const Digest& tlsKeyHash)> connected;
        std::function<void(BytesView packet)> packet;
        /// Once after every connect() that was not ended by disconnect() or another connect().
        std::function<void(const std::string& reason, core::LinkLoss loss)> disconnected;
    };

    explicit WebsocketLink(Listener listener);
    ~WebsocketLink();
    WebsocketLink(const WebsocketLink&) = delete;
    WebsocketLink& operator=(const WebsocketLink&) = delete;

    /// Ends the connection there is, if any, and opens another. Name, TCP, TLS and upgrade together get 10 s.
    void connect(const wire::RelayAddress& relay);
    /// One binary message. Dropped when there is no connection: whoever sends learns by disconnected().
    void send(const Bytes& packet);
    /// Says goodbye as far as that goes without waiting. No callback comes after it.
    void disconnect();

private:
    void open(const wire::RelayAddress& relay);
    void refuseWrongKey(const RelayId& expected);
    void lose(const std::string& reason);
    void drop();

    Listener m_listener;
    QObject m_context; ///< what queued calls hang on, so that they die with the link
    std::unique_ptr<QTimer> m_deadline;
    QWebSocket* m_socket = nullptr; ///< deletes itself through the event loop: it may be inside a signal
    Digest m_tlsKeyHash;
    std::string m_reason; ///< why this connection is being ended, known before Qt says so
    core::LinkLoss m_loss = core::LinkLoss::Network;
    std::uint64_t m_serial = 0; ///< of the connection: queued news of an older one is ignored
};

} // namespace sotto::net
