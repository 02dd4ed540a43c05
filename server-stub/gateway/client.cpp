// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/client.h"

#include "server-stub/faults/faulty_link.h"
#include "server-stub/gateway/traffic.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using beast::error_code;

constexpr auto kCloseTime = std::chrono::seconds(3);
constexpr std::uint32_t kHeaderBytes = 8 * 1024;
/// Control frames within a second before the connection is cut.
constexpr int kControlFrames = 50;
/// Bytes on the wire that whole packets do not explain, in kTrafficPeriod: control frames, empty fragments,
/// TLS. A packet that is not whole yet comes on top.
constexpr std::uint64_t kUnexplainedBytes = 256 * 1024;
constexpr std::uint64_t kFramingBytes = 64; ///< of each message: WebSocket header, TLS record
constexpr auto kTrafficPeriod = std::chrono::seconds(3);
/// A read buffer larger than this is given back when its packet has been handled.
constexpr std::size_t kKeptBuffer = 4 * 1024;

// Compression is left out of the type: the offer is never answered (case 33).
using PlainSocket = websocket::stream<TcpSocket, false>;
using TlsSocket = websocket::stream<asio::ssl::stream<TcpSocket>, false>;

template <class Socket>
class SocketClient final : public Client, public std::enable_shared_from_this<SocketClient<Socket>> {
public:
    template <class... Arguments>
    SocketClient(ClientHost& host, ClientOptions options, Arguments&&... arguments)
        : m_host(host)
        , m_options(std::move(options))
        , m_socket(std::forward<Arguments>(arguments)...)
        , m_startedAt(host.clock().steady())
        , m_measuredAt(m_startedAt) {}

    void start() override {
        beast::get_lowest_layer(m_socket).set_option(tcp::no_delay(true), m_ignored);
        if constexpr (std::is_same_v<Socket, TlsSocket>) {
            m_socket.next_layer().async_handshake(asio::ssl::stream_base::server,
                                                  [self = this->shared_from_this()](error_code error) {
                                                      error ? self->finish() : self->readRequest();
                                                  });
        } else {
            readRequest();
        }
    }

    void wake() override {
        if (m_finished || !m_open) {
            return;
        }
        if (m_faulty) {
            breakThings();
        } else if (!m_writing && m_host.relay().hasPacket(m_options.id)) {
            write(m_host.relay().takePacket(m_options.id));
        }
        if (m_finished) {
            return;
        }
        if (m_host.relay().isClosing(m_options.id)) {
            if (!m_writing) {
                close();
            }
        } else if (!m_reading && m_host.relay().accepts(m_options.id) && !isStalled()) {
            read();
        }
    }

    void ping() override {
        if (m_finished || !m_open || m_closing || m_pinging || isStalled()) {
            return;
        }
        m_pinging = true;
        m_socket.async_ping({}, [self = this->shared_from_this()](error_code error) {
            self->m_pinging = false;
            if (error) {
                self->finish();
            }
        });
    }

    void abort() override { finish(); }

    void sweep(SteadyTime now) override {
        m_controlFrames = 0;
        const bool lateHandshake = !m_open && now - m_startedAt >= m_options.handshake;
        const bool lateClose = m_closing && now - m_closingAt >= kCloseTime;
        if (lateHandshake || lateClose || (now - m_measuredAt >= kTrafficPeriod && isFlooding(now))) {
            finish();
        }
    }

private:
    using Request = http::request_parser<http::empty_body>;

    void readRequest() {
        m_request = std::make_unique<Request>();
        m_request->header_limit(kHeaderBytes);
        http::async_read(m_socket.next_layer(), m_buffer, *m_request,
                         [self = this->shared_from_this()](error_code error, std::size_t) {
                             error ? self->finish() : self->onRequest();
                         });
    }

    void onRequest() {
        const auto& request = m_request->get();
        if (websocket::is_upgrade(request)) {
            m_socket.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
                response.set(http::field::server, "sotto-relay");
            }));
            m_socket.read_message_max(wire::kMaxPacketBytes);
            m_socket.auto_fragment(false);
            m_socket.binary(true);
            m_socket.async_accept(request, [self = this->shared_from_this()](error_code error) {
                error ? self->finish() : self->onOpen();
            });
        } else {
            answer();
        }
    }

    /// Whoever asks for anything but a WebSocket. Never a redirect.
    void answer() {
        const auto& request = m_request->get();
        auto response = std::make_shared<http::response<http::string_body>>();
        response->version(request.version());
        response->set(http::field::server, "sotto-relay");
        response->keep_alive(false);
        if (request.method() == http::verb::get && request.target() == "/health") {
            response->result(http::status::ok);
            response->set(http::field::content_type, "application/json");
            response->body() = m_host.health(m_options.fromLoopback);
        } else {
            response->result(http::status::not_found);
        }
        response->prepare_payload();
        http::async_write(
            m_socket.next_layer(), *response,
            [self = this->shared_from_this(), response](error_code, std::size_t) { self->finish(); });
    }

    void onOpen() {
        m_request.reset();
        m_buffer = {};
        m_open = true;
        if (m_host.faults() != nullptr) {
            m_faulty = std::make_unique<FaultyLink>(*m_host.faults());
            m_faultTimer.emplace(m_socket.get_executor());
        }
        m_socket.control_callback([this](websocket::frame_type kind, beast::string_view) {
            if (kind != websocket::frame_type::close) {
                onControlFrame();
            }
        });
        m_host.relay().opened(m_options.id, m_options.peer);
        m_host.effectsDue();
    }

    void onControlFrame() {
        // A flood is cut off inside the read that meets it: the reader would go on as long as frames come.
        if (++m_controlFrames > kControlFrames) {
            beast::get_lowest_layer(m_socket).close(m_ignored);
        } else {
            m_host.relay().heard(m_options.id);
        }
    }

    void read() {
        m_reading = true;
        m_socket.async_read(m_buffer, [self = this->shared_from_this()](error_code error, std::size_t size) {
            self->m_reading = false;
            error || !self->m_socket.got_binary() ? self->finish() : self->onPacket(size);
        });
    }

    void onPacket(std::size_t size) {
        if (m_finished) {
            return;
        }
        m_explainedBytes += size + kFramingBytes;
        const BytesView packet{static_cast<const std::uint8_t*>(m_buffer.data().data()), size};
        if (m_faulty) {
            m_faulty->put(Way::ToRelay, bytesOf(packet), m_host.relay().device(m_options.id),
                          m_host.clock().steady());
            breakThings();
        } else {
            m_host.relay().received(m_options.id, packet);
        }
        if (m_finished) {
            return;
        }
        m_buffer.consume(size);
        if (m_buffer.capacity() > kKeptBuffer) {
            m_buffer.shrink_to_fit();
        }
        m_host.effectsDue();
        if (m_host.relay().accepts(m_options.id) && !m_host.relay().isClosing(m_options.id) && !isStalled()) {
            read();
        }
    }

    bool isStalled() const { return m_faulty && m_faulty->isStalled(); }

    /// Lets through what the plan lets through now, in both directions, and comes back when there is more.
    void breakThings() {
        Relay& relay = m_host.relay();
        const SteadyTime now = m_host.clock().steady();
        while (relay.hasPacket(m_options.id)) {
            m_faulty->put(Way::ToDevice, relay.takePacket(m_options.id), relay.device(m_options.id), now);
        }
        while (const auto packet = m_faulty->take(Way::ToRelay, now)) {
            relay.received(m_options.id, *packet);
            m_host.effectsDue();
        }
        if (m_faulty->isCut()) {
            return finish();
        }
        if (!m_writing) {
            if (auto packet = m_faulty->take(Way::ToDevice, now)) {
                write(std::move(*packet));
            }
        }
        const auto toRelay = m_faulty->due(Way::ToRelay);
        // While something is being written, its end comes back here.
        const auto toDevice = m_writing ? std::nullopt : m_faulty->due(Way::ToDevice);
        if (!toRelay && !toDevice) {
            return;
        }
        const SteadyTime due =
            std::min(toRelay.value_or(SteadyTime::max()), toDevice.value_or(SteadyTime::max()));
        m_faultTimer->expires_after(due > now ? due - now : SteadyTime::duration::zero());
        m_faultTimer->async_wait([self = this->shared_from_this()](error_code error) {
            if (!error && !self->m_finished) {
                self->wake();
            }
        });
    }

    void write(Bytes packet) {
        m_writing = true;
        m_packet = std::move(packet);
        m_socket.async_write(asio::buffer(m_packet),
                             [self = this->shared_from_this()](error_code error, std::size_t) {
                                 self->m_writing = false;
                                 self->m_packet = {};
                                 if (error) {
                                     self->finish();
                                 } else {
                                     self->wake();
                                 }
                             });
    }

    void close() {
        if (m_closing) {
            return;
        }
        m_closing = true;
        m_closingAt = m_host.clock().steady();
        m_socket.async_close(websocket::close_code::normal,
                             [self = this->shared_from_this()](error_code) { self->finish(); });
    }

    void finish() {
        if (m_finished) {
            return;
        }
        m_finished = true;
        if (m_faultTimer) {
            m_faultTimer->cancel();
        }
        beast::get_lowest_layer(m_socket).close(m_ignored);
        if (m_open) {
            m_host.relay().closed(m_options.id);
            m_host.effectsDue();
        }
        m_host.finished(m_options.id); // may drop the last reference but that of the caller
    }

    bool isFlooding(SteadyTime now) {
        const auto total = bytesReceived(beast::get_lowest_layer(m_socket).native_handle());
        if (!total) {
            return false;
        }
        const std::uint64_t received = *total - m_measuredBytes;
        const bool flooding = received > m_explainedBytes + kUnexplainedBytes + wire::kMaxPacketBytes;
        m_measuredBytes = *total;
        m_explainedBytes = 0;
        m_measuredAt = now;
        return flooding;
    }

    ClientHost& m_host;
    const ClientOptions m_options;
    Socket m_socket;
    beast::flat_buffer m_buffer;
    std::unique_ptr<Request> m_request;   ///< until the WebSocket stands
    Bytes m_packet;                       ///< being written
    std::unique_ptr<FaultyLink> m_faulty; ///< at a testing relay
    std::optional<boost::asio::steady_timer> m_faultTimer;
    const SteadyTime m_startedAt;
    SteadyTime m_closingAt;
    SteadyTime m_measuredAt;
    std::uint64_t m_measuredBytes = 0;
    std::uint64_t m_explainedBytes = 0;
    int m_controlFrames = 0;
    bool m_open = false;
    bool m_reading = false;
    bool m_writing = false;
    bool m_pinging = false;
    bool m_closing = false;
    bool m_finished = false;
    error_code m_ignored;
};

} // namespace

std::shared_ptr<Client> makeClient(ClientHost& host, TcpSocket socket, asio::ssl::context* tls,
                                   ClientOptions options) {
    if (tls == nullptr) {
        return std::make_shared<SocketClient<PlainSocket>>(host, std::move(options), std::move(socket));
    }
    return std::make_shared<SocketClient<TlsSocket>>(host, std::move(options), std::move(socket), *tls);
}

} // namespace sotto::relay
