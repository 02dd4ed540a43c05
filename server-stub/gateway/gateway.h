// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The edge between the relay and the network: one thread, one io_context, one listener. Carries out the
/// relay's effects and hands the store's work to the storage thread.

#include "server-stub/gateway/figures_listener.h"
#include "server-stub/gateway/storage_thread.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>

namespace sotto::relay {

struct GatewayOptions {
    std::filesystem::path data;    ///< whose disk is watched
    std::size_t descriptors = 0;   ///< as many as the process may have open
    FaultEngine* faults = nullptr; ///< of a testing relay; outlives the gateway
};

class Gateway final : private ClientHost {
public:
    /// `tls` is nullptr for plain ws. Everything handed in outlives the gateway.
    Gateway(boost::asio::io_context& context, const Clock& clock, Relay& relay, std::unique_ptr<Store> store,
            boost::asio::ssl::context* tls, GatewayOptions options);
    ~Gateway() override;

    /// Binds and begins to accept; the port that it got, or a sentence.
    Expected<std::uint16_t, std::string> listen(const std::string& host, std::uint16_t port);
    /// Shows figures on another port of this machine; the port, or a sentence.
    Expected<std::uint16_t, std::string> showFigures(const std::string& host, std::uint16_t port);
    /// Accepts no more, tells everyone, commits, and calls `done` when all are gone or a second has passed.
    void drain(std::function<void()> done);

private:
    using tcp = boost::asio::ip::tcp;
    struct Open {
        std::shared_ptr<Client> client;
        std::string address;
    };

    Relay& relay() override { return m_relay; }
    const Clock& clock() override { return m_clock; }
    FaultEngine* faults() override { return m_options.faults; }
    void effectsDue() override;
    std::string health(bool withFigures) override;
    void finished(ConnectionId id) override;

    void accept();
    void onAccepted(TcpSocket socket);
    void carryOut();
    void sweep();
    void watchDisk();
    FiguresListener::Page figures(const std::string& target);

    boost::asio::io_context& m_context;
    const Clock& m_clock;
    Relay& m_relay;
    boost::asio::ssl::context* m_tls;
    const GatewayOptions m_options;
    TcpAcceptor m_acceptor;
    boost::asio::steady_timer m_sweepTimer;
    boost::asio::steady_timer m_acceptTimer;
    boost::asio::steady_timer m_drainTimer;
    std::unordered_map<ConnectionId, Open> m_clients;
    std::unordered_map<std::string, std::size_t> m_perAddress;
    FiguresListener m_figures;
    std::uint64_t m_lastId = 0;
    bool m_effectsDue = false;
    std::function<void()> m_drained;
    std::unique_ptr<StorageThread> m_storage; ///< last: its thread calls in here until it has ended
};

} // namespace sotto::relay
