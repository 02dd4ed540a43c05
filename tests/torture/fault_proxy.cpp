// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/fault_proxy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace sotto::torture {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunk = 16 * 1024;
/// Bytes held for a slow reader before its writer has to wait, as a network's buffers do.
constexpr std::size_t kMostHeld = 256 * 1024;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void setUp(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
}

void reset(int socket) {
    const linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/// Bytes on their way from one socket to the other.
struct Flow {
    struct Chunk {
        Clock::time_point due;
        std::string bytes;
    };
    std::deque<Chunk> chunks;
    std::size_t held = 0;
    bool sourceEnded = false;
    bool endPassedOn = false;
};

} // namespace

struct FaultProxy::Link {
    enum class State { Open, Silent, Done };

    int client = -1;
    int relay = -1;
    LinkPlan plan;
    Flow up;   ///< client to relay
    Flow down; ///< relay to client
    std::uint64_t forwarded = 0;
    State state = State::Open;
    Clock::time_point resetAt;

    ~Link() {
        ::close(client);
        if (relay >= 0) {
            ::close(relay);
        }
    }

    bool endsByCount() const { return plan.end != LinkPlan::End::None; }

    void take(int source, Flow& flow, Clock::time_point now) {
        std::array<char, kChunk> buffer;
        const ssize_t size = ::recv(source, buffer.data(), buffer.size(), 0);
        if (size > 0) {
            flow.chunks.push_back(
                {now + plan.latency, std::string(buffer.data(), static_cast<std::size_t>(size))});
            flow.held += static_cast<std::size_t>(size);
        } else if (size == 0) {
            flow.sourceEnded = true;
        } else if (errno != EAGAIN && errno != EINTR) {
            finish(true);
        }
    }

    void give(int target, Flow& flow, Clock::time_point now) {
        while (state == State::Open && !flow.chunks.empty() && flow.chunks.front().due <= now) {
            std::string& bytes = flow.chunks.front().bytes;
            std::size_t size = plan.slice ? 1 : bytes.size();
            if (endsByCount()) {
                size = std::min<std::size_t>(size, plan.endAfter - forwarded);
            }
            const ssize_t sent = size == 0 ? 0 : ::send(target, bytes.data(), size, MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno != EAGAIN && errno != EINTR) {
                    finish(true);
                }
                return;
            }
            forwarded += static_cast<std::uint64_t>(sent);
            flow.held -= static_cast<std::size_t>(sent);
            bytes.erase(0, static_cast<std::size_t>(sent));
            if (bytes.empty()) {
                flow.chunks.pop_front();
            }
            if (endsByCount() && forwarded >= plan.endAfter) {
                end(now);
            }
        }
        if (state == State::Open && flow.sourceEnded && flow.chunks.empty() && !flow.endPassedOn) {
            flow.endPassedOn = true;
            ::shutdown(target, SHUT_WR);
            if (up.endPassedOn && down.endPassedOn) {
                finish(false);
            }
        }
    }

    void end(Clock::time_point now) {
        switch (plan.end) {
        case LinkPlan::End::None:
            return;
        case LinkPlan::End::Close:
            return finish(false);
        case LinkPlan::End::Reset:
            return finish(true);
        case LinkPlan::End::HalfOpen:
            ::close(relay);
            relay = -1;
            break;
        case LinkPlan::End::BlackHole:
            break;
        }
        state = State::Silent;
        resetAt = now + plan.silence;
    }

    void finish(bool hard) {
        if (hard) {
            reset(client);
            if (relay >= 0) {
                reset(relay);
            }
        }
        state = State::Done;
    }
};

FaultProxy::FaultProxy(std::uint16_t port) {
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(m_listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    if (m_listener < 0 || ::bind(m_listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(m_listener, 128) != 0 ||
        ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::pipe2(m_wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        const std::string why = std::strerror(errno);
        ::close(m_listener);
        throw std::runtime_error("the fault proxy cannot listen on 127.0.0.1:" + std::to_string(port) + ": " +
                                 why + "; choose another port with --proxy-port, or 0 for any free one");
    }
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
    ::close(m_wake[1]);
    m_thread.join();
    ::close(m_wake[0]);
    ::close(m_listener);
}

void FaultProxy::forwardTo(std::uint16_t relayPort) {
    const std::lock_guard lock(m_mutex);
    m_relayPort = relayPort;
}

void FaultProxy::plan(std::function<LinkPlan()> next) {
    const std::lock_guard lock(m_mutex);
    m_next = std::move(next);
}

std::uint64_t FaultProxy::lastBytes() const {
    const std::lock_guard lock(m_mutex);
    return m_lastBytes;
}

std::uint64_t FaultProxy::connections() const {
    const std::lock_guard lock(m_mutex);
    return m_connections;
}

void FaultProxy::accept() {
    const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) {
        return;
    }
    auto link = std::make_unique<Link>();
    link->client = client;
    setUp(client);
    std::uint16_t port = 0;
    {
        const std::lock_guard lock(m_mutex);
        port = m_relayPort;
        link->plan = m_next ? m_next() : LinkPlan{};
        ++m_connections;
    }
    link->relay = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    // On loopback a connection stands, or is refused, at once.
    if (::connect(link->relay, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        reset(client);
        return;
    }
    setUp(link->relay);
    m_links.push_back(std::move(link));
}

void FaultProxy::run() {
    while (true) {
        const Clock::time_point now = Clock::now();
        std::optional<Clock::time_point> next;
        const auto wakeAt = [&](Clock::time_point due) { next = next ? std::min(*next, due) : due; };
        std::vector<pollfd> descriptors = {{m_wake[0], POLLIN, 0}, {m_listener, POLLIN, 0}};
        for (const auto& link : m_links) {
            const bool open = link->state == Link::State::Open;
            const auto want = [&](int descriptor, const Flow& in, const Flow& out) {
                short events = 0;
                if (open && !in.sourceEnded && in.held < kMostHeld) {
                    events |= POLLIN;
                }
                if (open && !out.chunks.empty()) {
                    if (out.chunks.front().due <= now) {
                        events |= POLLOUT;
                    } else {
                        wakeAt(out.chunks.front().due);
                    }
                }
                descriptors.push_back({events == 0 ? -1 : descriptor, events, 0});
            };
            want(link->client, link->up, link->down);
            want(link->relay, link->down, link->up);
            if (link->state == Link::State::Silent) {
                wakeAt(link->resetAt);
            }
        }
        const auto wait =
            next
                ? std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(*next - now).count())
                : -1;
        ::poll(descriptors.data(), descriptors.size(), static_cast<int>(wait));
        if (descriptors[0].revents != 0) {
            m_links.clear();
            return;
        }
        const Clock::time_point then = Clock::now();
        std::size_t index = 2;
        for (const auto& link : m_links) {
            const short atClient = descriptors[index++].revents;
            const short atRelay = descriptors[index++].revents;
            if (link->state == Link::State::Silent && then >= link->resetAt) {
                link->finish(true);
            }
            if (link->state == Link::State::Open && (atClient & (POLLIN | POLLHUP | POLLERR)) != 0) {
                link->take(link->client, link->up, then);
            }
            if (link->state == Link::State::Open && (atRelay & (POLLIN | POLLHUP | POLLERR)) != 0) {
                link->take(link->relay, link->down, then);
            }
            if (link->state == Link::State::Open) {
                link->give(link->relay, link->up, then);
            }
            if (link->state == Link::State::Open) {
                link->give(link->client, link->down, then);
            }
        }
        m_links.remove_if([this](const auto& link) {
            if (link->state != Link::State::Done) {
                return false;
            }
            const std::lock_guard lock(m_mutex);
            m_lastBytes = link->forwarded;
            return true;
        });
        if (descriptors[1].revents != 0) {
            accept();
        }
    }
}

} // namespace sotto::torture
