// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The client's Edge in a thread with a Qt event loop: one link, one timer, one watch. Sockets and TLS are
/// touched at the first connect(), so that a command which needs no relay does not pay for them.

#include "core/client.h"
#include "core/net/network_watch.h"
#include "core/net/timer_driver.h"
#include "core/net/websocket_link.h"

#include <optional>

namespace sotto::net {

class ClientEdge final : public core::Edge {
public:
    /// activity comes after everything that the edge tells the client: what it waits for may be there now.
    ClientEdge(const Clock& clock, std::function<void()> activity);
    /// The client this edge reports to; it must outlive the edge, or be detached with nullptr.
    void attach(core::Client* client);

    void connect(const wire::RelayAddress& relay) override;
    void send(Bytes packet) override;
    void disconnect() override;
    void wakeAt(SteadyTime time) override;

private:
    std::function<void()> m_activity;
    core::Client* m_client = nullptr;
    TimerDriver m_timer;
    std::optional<WebsocketLink> m_link;
    std::optional<NetworkWatch> m_watch;
};

} // namespace sotto::net
