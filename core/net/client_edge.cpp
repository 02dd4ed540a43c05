// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/client_edge.h"

namespace sotto::net {

ClientEdge::ClientEdge(const Clock& clock, std::function<void()> activity)
    : m_activity(std::move(activity))
    , m_timer(clock, [this] {
        if (m_client != nullptr) {
            m_client->onTimer();
            m_activity();
        }
    }) {}

void ClientEdge::attach(core::Client* client) {
    m_client = client;
    if (m_client == nullptr) {
        m_watch.reset();
        m_link.reset();
    }
}

void ClientEdge::connect(const wire::RelayAddress& relay) {
    if (m_client == nullptr) {
        return;
    }
    if (!m_link) {
        m_link.emplace(WebsocketLink::Listener{
            [this](const Digest& tlsKeyHash) {
                m_client->onConnected(tlsKeyHash);
                m_activity();
            },
            [this](BytesView packet) {
                m_client->onPacket(packet);
                m_activity();
            },
            [this](const std::string& reason, core::LinkLoss loss) {
                m_client->onDisconnected(reason, loss);
                m_activity();
            },
        });
        m_watch.emplace([this] {
            m_client->onNetworkChanged();
            m_activity();
        });
    }
    m_link->connect(relay);
}

void ClientEdge::send(Bytes packet) {
    if (m_link) {
        m_link->send(packet);
    }
}

void ClientEdge::disconnect() {
    if (m_link) {
        m_link->disconnect();
    }
}

void ClientEdge::wakeAt(SteadyTime time) {
    m_timer.wakeAt(time);
}

} // namespace sotto::net
