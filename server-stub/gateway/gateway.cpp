// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/gateway.h"

#include "server-stub/gateway/metrics.h"

#include <boost/asio/post.hpp>
#include <sys/statvfs.h>

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kSweepPeriod = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kDrainTime = std::chrono::seconds(1);
constexpr int kBacklog = 4096;
/// Descriptors that are not for clients: database, logs, a margin.
constexpr std::size_t kReservedDescriptors = 32;

/// Limits count an IPv6 host by its /64: that is what one subscriber gets.
std::string limitKey(const asio::ip::address& address) {
    if (address.is_v4()) {
        return address.to_string();
    }
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    }
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes).to_string();
}

} // namespace

Gateway::Gateway(asio::io_context& context, const Clock& clock, Relay& relay, std::unique_ptr<Store> store,
                 asio::ssl::context* tls, GatewayOptions options)
    : m_context(context)
    , m_clock(clock)
    , m_relay(relay)
    , m_tls(tls)
    , m_options(std::move(options))
    , m_acceptor(context)
    , m_sweepTimer(context)
    , m_acceptTimer(context)
    , m_drainTimer(context)
    , m_figures(context, [this](const std::string& target) { return figures(target); })
    , m_storage(std::make_unique<StorageThread>(
          std::move(store), clock, [this](std::vector<Job> jobs, std::optional<StoreError> failure) {
              asio::post(m_context, [this, done = std::move(jobs), failure]() mutable {
                  m_relay.completed(std::move(done), failure);
                  carryOut();
              });
          })) {}

Gateway::~Gateway() = default;

Expected<std::uint16_t, std::string> Gateway::listen(const std::string& host, std::uint16_t port) {
    error_code error;
    tcp::resolver resolver(m_context);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty()) {
        return unexpected("cannot listen on " + host + ": no such address");
    }
    const tcp::endpoint endpoint = *found.begin();
    m_acceptor.open(endpoint.protocol(), error);
    if (!error) {
        m_acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        m_acceptor.bind(endpoint, error);
    }
    if (!error) {
        m_acceptor.listen(kBacklog, error);
    }
    if (error) {
        return unexpected("cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message());
    }
    watchDisk();
    accept();
    sweep();
    return m_acceptor.local_endpoint().port();
}

Expected<std::uint16_t, std::string> Gateway::showFigures(const std::string& host, std::uint16_t port) {
    return m_figures.listen(host, port);
}

FiguresListener::Page Gateway::figures(const std::string& target) {
    const bool ready = !m_drained && m_relay.statistics().storing;
    if (target == "/metrics") {
        return {200, kOpenMetricsType, openMetrics(m_relay.statistics())};
    }
    if (target == "/health") {
        return {200, "application/json", health(true)};
    }
    if (target == "/ready") {
        return {ready ? 200U : 503U, "text/plain", ready ? "ready\n" : "not ready\n"};
    }
    return {};
}

void Gateway::accept() {
    m_acceptor.async_accept([this](error_code error, TcpSocket socket) {
        if (!m_acceptor.is_open()) {
            return;
        }
        if (!error) {
            onAccepted(std::move(socket));
            accept();
            return;
        }
        // Out of descriptors or memory: the connection stays in the backlog and would fail again at once.
        m_acceptTimer.expires_after(kAcceptPause);
        m_acceptTimer.async_wait([this](error_code stopped) {
            if (!stopped && m_acceptor.is_open()) {
                accept();
            }
        });
    });
}

void Gateway::onAccepted(TcpSocket socket) {
    error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) {
        return;
    }
    const std::string address = limitKey(remote.address());
    const auto known = m_perAddress.find(address);
    const std::size_t fromAddress = known == m_perAddress.end() ? 0 : known->second;
    if (m_clients.size() + kReservedDescriptors >= m_options.descriptors ||
        !m_relay.admits(address, fromAddress, m_clients.size())) {
        return; // closes it
    }
    ++m_perAddress[address];
    ClientOptions options;
    options.id = ConnectionId{++m_lastId};
    options.peer = {address, m_tls != nullptr};
    options.fromLoopback = remote.address().is_loopback();
    options.handshake = std::chrono::seconds(m_relay.options().limits.handshakeSeconds);
    auto client = makeClient(*this, std::move(socket), m_tls, options);
    m_clients.emplace(options.id, Open{client, address});
    client->start();
}

void Gateway::finished(ConnectionId id) {
    const auto found = m_clients.find(id);
    if (found == m_clients.end()) {
        return;
    }
    const auto counted = m_perAddress.find(found->second.address);
    if (--counted->second == 0) {
        m_perAddress.erase(counted);
    }
    m_clients.erase(found);
    if (m_drained && m_clients.empty()) {
        m_drainTimer.cancel();
    }
}

void Gateway::effectsDue() {
    // One round for everything that is ready now: requests of many clients become one batch for the store.
    if (!m_effectsDue) {
        m_effectsDue = true;
        asio::post(m_context, [this] { carryOut(); });
    }
}

void Gateway::carryOut() {
    m_effectsDue = false;
    Effects effects = m_relay.takeEffects();
    if (!effects.jobs.empty() && m_storage) {
        m_storage->submit(std::move(effects.jobs));
    }
    const auto with = [&](ConnectionId id, auto act) {
        if (const auto found = m_clients.find(id); found != m_clients.end()) {
            const std::shared_ptr<Client> client = found->second.client;
            act(*client);
        }
    };
    for (const ConnectionId id : effects.awake) {
        with(id, [](Client& client) { client.wake(); });
    }
    for (const ConnectionId id : effects.ping) {
        with(id, [](Client& client) { client.ping(); });
    }
}

void Gateway::sweep() {
    const SteadyTime now = m_clock.steady();
    std::vector<std::shared_ptr<Client>> clients;
    clients.reserve(m_clients.size());
    for (const auto& [id, open] : m_clients) {
        clients.push_back(open.client);
    }
    for (const auto& client : clients) {
        client->sweep(now);
    }
    watchDisk();
    m_relay.tick();
    carryOut();
    m_sweepTimer.expires_after(kSweepPeriod);
    m_sweepTimer.async_wait([this](error_code stopped) {
        if (!stopped) {
            sweep();
        }
    });
}

void Gateway::watchDisk() {
    struct statvfs disk {};
    if (::statvfs(m_options.data.c_str(), &disk) == 0) {
        m_relay.diskFree(static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize);
    }
}

std::string Gateway::health(bool withFigures) {
    const Statistics statistics = m_relay.statistics();
    std::string body = std::string(R"({"type":"health","v":1,"status":")") +
                       (m_drained            ? "draining"
                        : statistics.storing ? "ok"
                                             : "storage_failing") +
                       R"(","testing":)" + (m_relay.options().testing ? "true" : "false");
    if (withFigures) {
        const auto add = [&](const char* name, std::uint64_t value) {
            body += std::string(",\"") + name + "\":" + std::to_string(value);
        };
        add("connections", statistics.connections);
        add("logged_in", statistics.loggedIn);
        add("stored", statistics.stored);
        add("delivered", statistics.delivered);
        add("acknowledged", statistics.acknowledged);
        add("refused", statistics.refused);
        add("pressure", static_cast<std::uint64_t>(statistics.pressure));
        add("queue_lag_ms", static_cast<std::uint64_t>(statistics.queueLag.count()));
        if (m_options.faults != nullptr) {
            add("frames", m_options.faults->frames());
            add("faults", m_options.faults->faults());
            body += ",\"fault_log\":\"" + m_options.faults->logHash() + "\"";
        }
    }
    return body + "}\n";
}

void Gateway::drain(std::function<void()> done) {
    error_code ignored;
    m_drained = std::move(done);
    m_acceptor.close(ignored);
    m_acceptTimer.cancel();
    m_figures.stop();
    m_relay.drain();
    carryOut();
    m_drainTimer.expires_after(m_clients.empty() ? std::chrono::seconds(0) : kDrainTime);
    m_drainTimer.async_wait([this](error_code) {
        m_sweepTimer.cancel();
        m_storage.reset(); // executes what is left and closes the database
        m_drained();
    });
}

} // namespace sotto::relay
