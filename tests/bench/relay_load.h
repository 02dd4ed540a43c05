// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The load on a relay: many logged-in devices on one epoll thread over raw sockets. Each connection knows
/// the bytes of its message and changes only the send id in them, so that the generator costs little.

#include "tests/relay/account_fixture.h"
#include "tests/relay/raw_client.h"

#include <chrono>
#include <sys/epoll.h>

namespace sotto::bench {

namespace pb = wire::pb;
using relay::RawClient;
using relay::TestAccount;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::size_t kBodyBytes = 1024;
constexpr std::size_t kHeaderBytes = 256;

/// One device, logged in, on a socket that never blocks.
class LoadConnection {
public:
    LoadConnection(RawClient client, std::size_t index)
        : m_client(std::move(client))
        , m_index(index) {
        m_in = m_client.input();
        ::fcntl(m_client.socket(), F_SETFL, O_NONBLOCK);
    }
    int socket() const { return m_client.socket(); }
    std::size_t index() const { return m_index; }

    /// The message that send() repeats.
    void aimAt(const TestAccount& from, const TestAccount& to) {
        SendId marker;
        marker.value.fill(0xA5);
        pb::Frame frame = from.message(to, marker, std::string(kBodyBytes, 'b'));
        frame.mutable_send()->mutable_headers(0)->set_bytes(std::string(kHeaderBytes, 'h'));
        m_message = RawClient::framed(textOf(wire::encodeFrame(frame)));
        m_sendIdAt = m_message.find(stringOf(marker.view()));
    }
    /// Queues one message whose send id carries `tag`.
    void send(std::uint64_t tag) {
        std::memcpy(m_message.data() + m_sendIdAt, &tag, sizeof tag);
        std::memcpy(m_message.data() + m_sendIdAt + sizeof tag, &m_index, sizeof m_index);
        m_out += m_message;
    }
    void acknowledge(std::uint64_t number) {
        pb::Frame frame;
        frame.mutable_ack()->set_number(number);
        m_out += RawClient::framed(textOf(wire::encodeFrame(frame)));
    }
    /// Acknowledges what came; false when a row is missing or came twice.
    bool take(const pb::Deliver& deliver) {
        bool whole = true;
        for (const pb::Row& row : deliver.rows()) {
            whole = whole && (m_number == 0 || row.number() == m_number + 1);
            m_number = row.number();
        }
        acknowledge(m_number);
        return whole;
    }
    void queue(const pb::Frame& frame) { m_out += RawClient::framed(textOf(wire::encodeFrame(frame))); }

    /// Writes what is queued; false when the connection broke.
    bool flush() {
        while (m_written < m_out.size()) {
            const char* data = m_out.data() + m_written;
            const std::size_t size = m_out.size() - m_written;
            ssize_t count;
            if (SSL* tls = m_client.tls()) {
                count = SSL_write(tls, data, static_cast<int>(std::min<std::size_t>(size, 16384)));
                if (count <= 0) {
                    return SSL_get_error(tls, static_cast<int>(count)) == SSL_ERROR_WANT_WRITE;
                }
            } else {
                count = ::send(socket(), data, size, MSG_NOSIGNAL);
                if (count < 0) {
                    return errno == EAGAIN;
                }
            }
            m_written += static_cast<std::size_t>(count);
        }
        m_out.clear();
        m_written = 0;
        return true;
    }
    bool wantsToWrite() const { return m_written < m_out.size(); }

    /// Reads all there is and calls visit(frame) for each frame; false when the connection broke.
    template <class Visit>
    bool receive(Visit visit) {
        static thread_local std::array<char, 256 * 1024> buffer;
        for (;;) {
            const ssize_t count =
                m_client.tls() != nullptr
                    ? SSL_read(m_client.tls(), buffer.data(), static_cast<int>(buffer.size()))
                    : ::recv(socket(), buffer.data(), buffer.size(), 0);
            if (count <= 0) {
                const bool again =
                    m_client.tls() != nullptr
                        ? SSL_get_error(m_client.tls(), static_cast<int>(count)) == SSL_ERROR_WANT_READ
                        : count < 0 && errno == EAGAIN;
                return drain(visit) && again;
            }
            m_in.append(buffer.data(), static_cast<std::size_t>(count));
            if (m_client.tls() == nullptr && static_cast<std::size_t>(count) < buffer.size()) {
                return drain(visit);
            }
        }
    }

private:
    template <class Visit>
    bool drain(Visit& visit) {
        std::size_t at = 0;
        for (;;) {
            const std::size_t have = m_in.size() - at;
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(m_in[at + i]); };
            if (have < 2) {
                break;
            }
            std::size_t header = 2;
            std::size_t size = byte(1);
            const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
            header += extra;
            if (have < header) {
                break;
            }
            if (extra != 0) {
                size = 0;
                for (std::size_t i = 2; i < header; ++i) {
                    size = size << 8U | byte(i);
                }
            }
            if (have < header + size) {
                break;
            }
            if ((byte(0) & 0x0FU) == 2) {
                m_packet.Clear();
                if (!m_packet.ParseFromArray(m_in.data() + at + header, static_cast<int>(size))) {
                    return false;
                }
                for (const pb::Frame& frame : m_packet.frames()) {
                    visit(frame);
                }
            }
            at += header + size;
        }
        m_in.erase(0, at);
        return true;
    }

    RawClient m_client;
    std::size_t m_index;
    std::string m_message;
    std::size_t m_sendIdAt = 0;
    std::string m_in;
    std::string m_out;
    std::size_t m_written = 0;
    std::uint64_t m_number = 0; ///< of the last row
    pb::Packet m_packet;
};

/// All connections on one epoll.
class Load {
public:
    Load()
        : m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {}
    ~Load() { ::close(m_epoll); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    LoadConnection& add(RawClient client) {
        auto& connection = *m_connections.emplace_back(
            std::make_unique<LoadConnection>(std::move(client), m_connections.size()));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &connection;
        ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, connection.socket(), &event);
        return connection;
    }
    std::size_t size() const { return m_connections.size(); }
    LoadConnection& at(std::size_t index) { return *m_connections[index]; }

    void flush(LoadConnection& connection) {
        if (!connection.flush()) {
            broken = true;
        }
        if (connection.wantsToWrite()) {
            m_blocked.push_back(&connection);
        }
    }
    /// Handles what is ready, waiting for it until `deadline` at most: visit(connection, frame).
    template <class Visit>
    void step(Instant deadline, Visit visit) {
        std::vector<LoadConnection*> blocked;
        blocked.swap(m_blocked);
        for (LoadConnection* connection : blocked) {
            flush(*connection);
        }
        auto wait = std::chrono::nanoseconds(deadline - std::chrono::steady_clock::now());
        wait = std::max(wait, std::chrono::nanoseconds(0));
        if (!m_blocked.empty()) {
            wait = std::min<std::chrono::nanoseconds>(wait, std::chrono::microseconds(200));
        }
        const timespec time{wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
        std::array<epoll_event, 256> events;
        const int count =
            ::epoll_pwait2(m_epoll, events.data(), static_cast<int>(events.size()), &time, nullptr);
        for (int i = 0; i < count; ++i) {
            auto& connection = *static_cast<LoadConnection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!connection.receive([&](const pb::Frame& frame) { visit(connection, frame); })) {
                broken = true;
            }
            flush(connection);
        }
    }

    bool broken = false; ///< a connection ended: what was measured means nothing

private:
    int m_epoll;
    std::vector<std::unique_ptr<LoadConnection>> m_connections;
    std::vector<LoadConnection*> m_blocked;
};

} // namespace sotto::bench
