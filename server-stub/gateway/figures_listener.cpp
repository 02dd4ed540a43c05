// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/figures_listener.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace sotto::relay {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr auto kPatience = std::chrono::seconds(5);
constexpr std::size_t kMaxRequestBytes = 4096;

} // namespace

/// One request and its answer.
class FiguresListener::Visit : public std::enable_shared_from_this<Visit> {
public:
    Visit(std::shared_ptr<FiguresListener*> listener, TcpSocket socket)
        : m_listener(std::move(listener))
        , m_stream(std::move(socket)) {
        m_request.header_limit(kMaxRequestBytes);
        m_request.body_limit(0);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() {
        if (*m_listener != nullptr) {
            (*m_listener)->left();
        }
    }

    void begin() {
        m_stream.expires_after(kPatience);
        http::async_read(m_stream, m_buffer, m_request,
                         [self = shared_from_this()](error_code error, std::size_t) {
                             if (!error) {
                                 self->answer();
                             }
                         });
    }

private:
    void answer() {
        const auto& request = m_request.get();
        Page page{405, "text/plain", ""};
        if (request.method() == http::verb::get && *m_listener != nullptr) {
            page = (*m_listener)->m_answer(std::string(request.target()));
        }
        m_response.version(request.version());
        m_response.result(page.status);
        m_response.keep_alive(false);
        m_response.set(http::field::server, "sotto-relay");
        m_response.set(http::field::content_type, page.type);
        m_response.body() = std::move(page.body);
        m_response.prepare_payload();
        m_stream.expires_after(kPatience);
        http::async_write(m_stream, m_response, [self = shared_from_this()](error_code, std::size_t) {
            error_code ignored;
            self->m_stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
        });
    }

    std::shared_ptr<FiguresListener*> m_listener;
    beast::basic_stream<tcp, Executor> m_stream;
    beast::flat_buffer m_buffer{kMaxRequestBytes};
    http::request_parser<http::empty_body> m_request;
    http::response<http::string_body> m_response;
};

FiguresListener::FiguresListener(asio::io_context& context, Answer answer)
    : m_answer(std::move(answer))
    , m_acceptor(context)
    , m_self(std::make_shared<FiguresListener*>(this)) {}

FiguresListener::~FiguresListener() {
    *m_self = nullptr;
}

Expected<std::uint16_t, std::string> FiguresListener::listen(const std::string& host, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error || !address.is_loopback()) {
        return unexpected("cannot show figures on " + host +
                          ": they are for this machine only (127.0.0.1 or ::1)");
    }
    const tcp::endpoint endpoint(address, port);
    m_acceptor.open(endpoint.protocol(), error);
    if (!error) {
        m_acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        m_acceptor.bind(endpoint, error);
    }
    if (!error) {
        m_acceptor.listen(static_cast<int>(kMaxConnections), error);
    }
    if (error) {
        return unexpected("cannot show figures on " + host + ":" + std::to_string(port) + ": " +
                          error.message());
    }
    accept();
    return m_acceptor.local_endpoint().port();
}

void FiguresListener::stop() {
    error_code ignored;
    m_acceptor.close(ignored);
}

void FiguresListener::accept() {
    if (m_accepting || m_open >= kMaxConnections || !m_acceptor.is_open()) {
        return;
    }
    m_accepting = true;
    m_acceptor.async_accept([this](error_code error, TcpSocket socket) {
        m_accepting = false;
        if (!m_acceptor.is_open()) {
            return;
        }
        if (!error) {
            ++m_open;
            std::make_shared<Visit>(m_self, std::move(socket))->begin();
        }
        accept();
    });
}

void FiguresListener::left() {
    --m_open;
    accept();
}

} // namespace sotto::relay
