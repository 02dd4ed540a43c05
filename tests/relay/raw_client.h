// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A client down to the bytes: blocking socket, TLS if asked for, WebSocket framing written out here, so that
/// tests can break each rule. Every wait ends after kPatience.

#include "core/wire/packet.h"

#include <arpa/inet.h>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sotto::relay {

class RawClient {
public:
    static constexpr int kPatience = 20'000; ///< milliseconds

    RawClient() = default;
    RawClient(RawClient&& other) noexcept { *this = std::move(other); }
    RawClient& operator=(RawClient&& other) noexcept {
        std::swap(m_socket, other.m_socket);
        std::swap(m_tls, other.m_tls);
        std::swap(m_in, other.m_in);
        std::swap(m_frames, other.m_frames);
        return *this;
    }
    ~RawClient() { close(); }

    /// From an address of this machine (127.0.0.0/8), so that limits per address can be told apart.
    bool connect(std::uint16_t port, const char* from = "127.0.0.1") {
        m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        ::inet_pton(AF_INET, from, &address.sin_addr);
        if (::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            return false;
        }
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        address.sin_port = htons(port);
        const int one = 1;
        ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return ::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    void close() {
        m_tls.reset();
        if (m_socket >= 0) {
            ::close(m_socket);
            m_socket = -1;
        }
    }
    /// Any certificate is taken: what it shows is the test's to judge. False: refused.
    bool startTls(int minimum = TLS1_2_VERSION, int maximum = TLS1_3_VERSION) {
        const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(context.get(), 0); // so that it is the relay that refuses TLS 1.1
        SSL_CTX_set_min_proto_version(context.get(), minimum);
        SSL_CTX_set_max_proto_version(context.get(), maximum);
        m_tls.reset(SSL_new(context.get()));
        SSL_set_fd(m_tls.get(), m_socket);
        timeval patience{kPatience / 1000, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return SSL_connect(m_tls.get()) == 1;
    }
    SSL* tls() { return m_tls.get(); }
    int socket() const { return m_socket; }

    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written = m_tls ? SSL_write(m_tls.get(), bytes.data(), static_cast<int>(bytes.size()))
                                       : ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (written <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
    /// Appends what comes to the input; false at the end of the stream, or when nothing comes.
    bool readSome(int patience = kPatience) {
        if (m_tls == nullptr || SSL_pending(m_tls.get()) == 0) {
            pollfd ready{m_socket, POLLIN, 0};
            if (::poll(&ready, 1, patience) != 1) {
                return false;
            }
        }
        std::array<char, 65536> buffer;
        const auto count = m_tls ? SSL_read(m_tls.get(), buffer.data(), static_cast<int>(buffer.size()))
                                 : ::recv(m_socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return false;
        }
        m_in.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }
    /// Reads until the relay closes. False: it did not.
    bool waitForEnd(int patience = kPatience) {
        for (;;) {
            pollfd ready{m_socket, POLLIN, 0};
            if (::poll(&ready, 1, patience) != 1) {
                return false;
            }
            if (!readSome(patience)) {
                return true;
            }
        }
    }

    /// The HTTP upgrade; the answer's header is returned, empty when there was none.
    std::string upgrade(const std::string& extraHeaders = {}, const std::string& target = "/") {
        write("GET " + target +
              " HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
              extraHeaders + "\r\n");
        return readHttpHeader();
    }
    std::string readHttpHeader() {
        for (;;) {
            const std::size_t end = m_in.find("\r\n\r\n");
            if (end != std::string::npos) {
                std::string header = m_in.substr(0, end + 4);
                m_in.erase(0, end + 4);
                return header;
            }
            if (!readSome()) {
                return {};
            }
        }
    }
    /// What has been read and not been taken.
    const std::string& input() const { return m_in; }

    /// One WebSocket frame as a client sends it.
    static std::string framed(std::string_view payload, int opcode = 2, bool final = true) {
        std::string out;
        out += static_cast<char>((final ? 0x80 : 0) | opcode);
        if (payload.size() < 126) {
            out += static_cast<char>(0x80 | payload.size());
        } else if (payload.size() < 65536) {
            out += static_cast<char>(0x80 | 126);
            out += static_cast<char>(payload.size() >> 8);
            out += static_cast<char>(payload.size());
        } else {
            out += static_cast<char>(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out += static_cast<char>(payload.size() >> shift);
            }
        }
        out.append(4, '\0'); // a mask of zeros masks nothing
        return out.append(payload);
    }
    bool sendFrame(const wire::pb::Frame& frame) {
        const Bytes packet = wire::encodeFrame(frame);
        return write(framed(textOf(packet)));
    }

    struct WebSocketFrame {
        int opcode = -1; ///< -1: the stream ended
        std::string payload;
    };
    WebSocketFrame readWebSocketFrame(int patience = kPatience) {
        const auto need = [&](std::size_t size) {
            while (m_in.size() < size) {
                if (!readSome(patience)) {
                    return false;
                }
            }
            return true;
        };
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(m_in[at]); };
        if (!need(2)) {
            return {};
        }
        std::size_t header = 2;
        std::size_t size = byte(1) & 0x7FU;
        const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
        header += extra;
        if (extra != 0) {
            if (!need(header)) {
                return {};
            }
            size = 0;
            for (std::size_t i = 2; i < header; ++i) {
                size = size << 8U | byte(i);
            }
        }
        if (!need(header + size)) {
            return {};
        }
        WebSocketFrame frame{byte(0) & 0x0F, m_in.substr(header, size)};
        m_in.erase(0, header + size);
        return frame;
    }
    /// The next frame of the protocol; a default one when the connection ended.
    wire::pb::Frame readFrame(int patience = kPatience) {
        while (m_frames.empty()) {
            const WebSocketFrame message = readWebSocketFrame(patience);
            if (message.opcode != 2) {
                if (message.opcode < 0 || message.opcode == 8) {
                    return {};
                }
                continue; // a ping
            }
            auto packet = wire::decodePacket(viewOf(message.payload), wire::Direction::ToClient);
            if (!packet) {
                return {};
            }
            for (wire::pb::Frame& frame : *packet->mutable_frames()) {
                m_frames.push_back(std::move(frame));
            }
        }
        wire::pb::Frame frame = std::move(m_frames.front());
        m_frames.pop_front();
        return frame;
    }
    /// The status of the close frame, or -1 when the stream ended without one.
    int readClose() {
        for (;;) {
            const WebSocketFrame message = readWebSocketFrame();
            if (message.opcode == 8 && message.payload.size() >= 2) {
                return static_cast<unsigned char>(message.payload[0]) << 8 |
                       static_cast<unsigned char>(message.payload[1]);
            }
            if (message.opcode < 0) {
                return -1;
            }
        }
    }

private:
    struct Free {
        void operator()(SSL* tls) const { SSL_free(tls); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    int m_socket = -1;
    std::unique_ptr<SSL, Free> m_tls;
    std::string m_in;
    std::deque<wire::pb::Frame> m_frames;
};

} // namespace sotto::relay
