// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A bad network between clients and a relay, in user space: every connection gets a plan. Runs in a thread
/// of its own.

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sotto::torture {

/// What happens to one connection.
struct LinkPlan {
    enum class End {
        None,
        Close,     ///< both sides see an orderly end
        Reset,     ///< both sides see a reset
        BlackHole, ///< nothing comes through any more; a reset after `silence`
        HalfOpen,  ///< the relay sees the end at once, the client nothing until the reset after `silence`
    };
    std::chrono::milliseconds latency{0}; ///< in each direction
    bool slice = false;                   ///< one byte a write
    End end = End::None;
    std::uint64_t endAfter = 0; ///< bytes that are forwarded before, both directions together
    std::chrono::milliseconds silence{0};
};

class FaultProxy {
public:
    /// Listens on loopback; port 0 takes any free one. Throws std::runtime_error with a sentence when it
    /// cannot.
    explicit FaultProxy(std::uint16_t port);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::uint16_t port() const { return m_port; }
    void forwardTo(std::uint16_t relayPort);
    /// Asked on the proxy's thread for each new connection; empty: no faults.
    void plan(std::function<LinkPlan()> next);
    /// Bytes that the connection which ended last had forwarded, both directions together.
    std::uint64_t lastBytes() const;
    std::uint64_t connections() const;

private:
    struct Link;
    void run();
    void accept();

    int m_listener = -1;
    int m_wake[2] = {-1, -1};
    std::uint16_t m_port = 0;
    std::list<std::unique_ptr<Link>> m_links; ///< the proxy's thread alone
    mutable std::mutex m_mutex;
    std::uint16_t m_relayPort = 0;    ///< guarded by m_mutex
    std::function<LinkPlan()> m_next; ///< guarded by m_mutex
    std::uint64_t m_lastBytes = 0;    ///< guarded by m_mutex
    std::uint64_t m_connections = 0;  ///< guarded by m_mutex
    std::thread m_thread;
};

} // namespace sotto::torture
