// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One TCP connection: TLS, then HTTP, then a WebSocket whose messages are the relay's packets. Lives on the
/// gateway's thread.

#include "server-stub/faults/fault_engine.h"
#include "server-stub/relay/relay.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace sotto::relay {

/// Sockets and acceptors that know their executor: asio's default hides it behind a type that every operation
/// would copy and destroy.
using Executor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

class Client;

/// What a client needs of the gateway that owns it.
class ClientHost {
public:
    virtual ~ClientHost() = default;
    virtual Relay& relay() = 0;
    virtual const Clock& clock() = 0;
    /// What a testing relay breaks; nullptr: nothing.
    virtual FaultEngine* faults() = 0;
    /// The relay was told something: its effects are due soon.
    virtual void effectsDue() = 0;
    /// The body of GET /health; with figures for this machine only.
    virtual std::string health(bool withFigures) = 0;
    /// The connection is over: forget it.
    virtual void finished(ConnectionId id) = 0;
};

class Client {
public:
    virtual ~Client() = default;
    /// Shakes hands; the relay hears of the connection when the WebSocket stands.
    virtual void start() = 0;
    /// Writes, reads and closes as far as the relay wants now.
    virtual void wake() = 0;
    virtual void ping() = 0;
    /// Ends at once.
    virtual void abort() = 0;
    /// Once a second: deadlines, and whether what came in is more than its packets explain.
    virtual void sweep(SteadyTime now) = 0;
};

struct ClientOptions {
    ConnectionId id{};
    Peer peer;
    bool fromLoopback = false;
    std::chrono::seconds handshake{10};
};

/// `tls` is nullptr for plain ws. The host outlives the client.
std::shared_ptr<Client> makeClient(ClientHost& host, TcpSocket socket, boost::asio::ssl::context* tls,
                                   ClientOptions options);

} // namespace sotto::relay
