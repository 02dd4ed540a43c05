// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/relay.h"

namespace sotto::relay {
namespace {

/// Requests of one connection at the store before it is no longer read from.
constexpr std::uint32_t kMaxJobs = 256;
/// Bytes waiting to be written to one connection before it is no longer read from.
constexpr std::size_t kMaxOutBytes = 1024 * 1024;
/// Refused frames before a connection is closed.
constexpr std::uint32_t kMaxRefusals = 16;

/// Ping frames between two ticks before a connection is closed.
constexpr std::uint32_t kMaxPings = 100;

/// Under load a round brings about as many jobs as the one before: at most as many are made room for.
constexpr std::size_t kExpectedJobs = 1'024;
/// The parts of a larger packet are not kept to be used again.
constexpr std::size_t kKeptPacketBytes = 16 * 1024;

constexpr Milliseconds kRetryStorage{2'000};
constexpr Milliseconds kRetryDisk{30'000};
constexpr Milliseconds kRetryBusy{1'000};
constexpr auto kExpiryPeriod = std::chrono::seconds(10);
constexpr auto kForgettingPeriod = std::chrono::minutes(1);

Rate perSecond(std::uint64_t rate, std::uint64_t burst) {
    return {static_cast<double>(rate), static_cast<double>(std::max(rate, burst))};
}

} // namespace

Relay::Relay(const Clock& clock, Random& random, Options options)
    : m_clock(clock)
    , m_random(random)
    , m_options(std::move(options))
    , m_handshakes({static_cast<double>(m_options.limits.handshakesPerMinute) / 60,
                    static_cast<double>(m_options.limits.handshakesPerMinute)})
    , m_registrations(Rate::hourly(m_options.limits.registrationsPerHour))
    , m_lookupsByAddress(Rate::hourly(m_options.limits.lookupsPerHourPerAddress))
    , m_lookups(Rate::hourly(m_options.limits.lookupsPerHour))
    , m_messages(perSecond(m_options.limits.messagesPerSecond, m_options.limits.messagesBurst))
    , m_bytes(perSecond(m_options.limits.bytesPerSecond, m_options.limits.bytesBurst))
    , m_publishes(Rate::hourly(m_options.limits.publishesPerHour))
    , m_bundleFetches(Rate::hourly(m_options.limits.bundleFetchesPerHour))
    , m_bundlesOfTarget(Rate::hourly(m_options.limits.bundleFetchesPerHourPerTarget))
    , m_oneTimeOfTarget(Rate::hourly(m_options.limits.oneTimePrekeysPerHourPerTarget)) {
    // The base point: a valid key whose private half nobody uses.
    m_nobody.value.fill(0x66);
    m_nobody.value[0] = 0x58;
}

bool Relay::admits(const std::string& address, std::size_t openFromAddress, std::size_t open) {
    const Limits& limits = m_options.limits;
    const bool room = open < limits.connections && openFromAddress < limits.connectionsPerAddress &&
                      open - m_connections.size() + m_unauthenticated < limits.unauthenticated && !m_draining;
    if (room && !m_handshakes.take(address, 1, m_clock.steady())) {
        return true;
    }
    ++m_statistics.refused;
    return false;
}

void Relay::opened(ConnectionId id, Peer peer) {
    auto connection = std::make_unique<Connection>();
    connection->peer = std::move(peer);
    connection->nonce = m_random.next<Nonce>();
    connection->openedAt = connection->heardAt = m_clock.steady();
    wire::pb::Frame frame;
    wire::pb::Challenge& challenge = *frame.mutable_challenge();
    challenge.set_min_version(wire::kVersion);
    challenge.set_max_version(wire::kVersion);
    challenge.set_relay_id(wire::fieldOf(m_options.relay));
    challenge.set_nonce(wire::fieldOf(connection->nonce));
    challenge.set_time(unixMilliseconds(m_clock.wall()));
    challenge.set_open_registration(m_options.openRegistration);
    challenge.set_testing(m_options.testing);
    m_connections.emplace(id, std::move(connection));
    ++m_unauthenticated;
    reply(id, 0, std::move(frame));
}

void Relay::received(ConnectionId id, BytesView bytes) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->phase == Phase::Closing) {
        return;
    }
    connection->heardAt = m_clock.steady();
    connection->pinged = false;
    wire::pb::Packet large;
    wire::pb::Packet& packet = bytes.size() > kKeptPacketBytes ? large : m_packet;
    const auto decoded = wire::decodePacket(bytes, wire::Direction::ToRelay, packet);
    if (!decoded || packet.frames().empty()) { // an empty packet says nothing: nobody needs to send one
        const bool tooLarge = !decoded && decoded.error() == wire::DecodeError::TooLarge;
        fail(id, 0, tooLarge ? Code::TOO_LARGE : Code::BAD_FRAME,
             tooLarge ? "The packet is over a limit." : "The packet does not parse.");
        close(id);
        return;
    }
    for (wire::pb::Frame& frame : *packet.mutable_frames()) {
        if (connection->phase == Phase::Closing) {
            return;
        }
        handle(id, frame);
    }
}

void Relay::handle(ConnectionId id, wire::pb::Frame& frame) {
    using Kind = wire::pb::Frame;
    const std::uint64_t request = frame.request();
    switch (frame.kind_case()) {
    case Kind::kHello:
        return onHello(id, request, frame.hello());
    case Kind::kRegister:
        return onRegister(id, request, frame.register_());
    case Kind::kPing: {
        if (++find(id)->pings > kMaxPings) {
            fail(id, request, Code::RATE_LIMITED, "Too many pings.");
            return close(id);
        }
        wire::pb::Frame pong;
        pong.mutable_pong()->set_time(unixMilliseconds(m_clock.wall()));
        return reply(id, request, std::move(pong));
    }
    case Kind::KIND_NOT_SET:
        return fail(id, request, Code::UNKNOWN_FRAME, "This relay does not know that kind of frame.");
    default:
        break;
    }
    if (find(id)->phase != Phase::LoggedIn) {
        return fail(id, request, Code::NOT_LOGGED_IN, "Log in first.");
    }
    switch (frame.kind_case()) {
    case Kind::kSend:
        return onSend(id, request, *frame.mutable_send());
    case Kind::kAck:
        return onAck(id, request, frame.ack());
    case Kind::kPublishList:
        return onPublishList(id, request, frame.publish_list());
    case Kind::kFetchLists:
        return onFetchLists(id, request, frame.fetch_lists());
    case Kind::kPublishPrekeys:
        return onPublishPrekeys(id, request, frame.publish_prekeys());
    case Kind::kFetchBundles:
        return onFetchBundles(id, request, frame.fetch_bundles());
    default:
        return; // frames to clients: decodePacket() refuses them
    }
}

void Relay::heard(ConnectionId id) {
    if (Connection* connection = find(id)) {
        connection->heardAt = m_clock.steady();
        connection->pinged = false;
    }
}

void Relay::closed(ConnectionId id) {
    const auto found = m_connections.find(id);
    if (found == m_connections.end()) {
        return;
    }
    const Connection& connection = *found->second;
    if (connection.session != nullptr) {
        const auto live = m_live.find(connection.session->record.mailbox);
        if (live != m_live.end() && live->second == id) {
            m_live.erase(live);
        }
    } else {
        --m_unauthenticated;
    }
    m_connections.erase(found);
}

void Relay::completed(std::vector<Job> jobs, std::optional<StoreError> failure) {
    m_statistics.storing = !failure;
    jobsDone(jobs.size(), m_clock.steady());
    for (Job& job : jobs) {
        m_queuedBytes -= job.cost;
        if (Connection* connection = find(job.connection)) {
            if (--connection->jobs == kMaxJobs - 1) {
                wake(job.connection, *connection);
            }
        }
        if (failure) {
            storeFailed(job, *failure);
        } else {
            std::visit([&](auto& command) { done(job, command); }, job.command);
        }
    }
    for (const ConnectionId id : m_collecting) {
        if (Connection* connection = find(id); connection != nullptr && connection->session != nullptr) {
            flushCollected(id, *connection->session);
        }
    }
    m_collecting.clear();
}

void Relay::storeFailed(Job& job, StoreError failure) {
    if (std::holds_alternative<Expire>(job.command)) {
        m_expiring = false;
        return;
    }
    Connection* connection = find(job.connection);
    if (connection == nullptr) {
        return;
    }
    if (std::holds_alternative<ReadRows>(job.command)) {
        m_stalled.push_back(job.connection);
        return;
    }
    // A lost acknowledgement is no harm: the next one covers it. Everything else is answered.
    if (!std::holds_alternative<Acknowledge>(job.command) || job.request != 0) {
        fail(job.connection, job.request, Code::STORAGE,
             failure == StoreError::Full ? "The relay's disk is full; nothing was stored."
                                         : "The relay could not store; nothing happened.",
             failure == StoreError::Full ? kRetryDisk : kRetryStorage);
    }
    if (connection->phase == Phase::Checking) {
        close(job.connection);
    }
}

void Relay::tick() {
    const SteadyTime now = m_clock.steady();
    const auto idle = std::chrono::seconds(m_options.limits.idleSeconds);
    const auto login = std::chrono::seconds(m_options.limits.loginSeconds);
    std::vector<ConnectionId> late;
    for (const auto& [id, connection] : m_connections) {
        connection->pings = 0;
        const auto silence = now - connection->heardAt;
        if (silence >= idle || (connection->session == nullptr && now - connection->openedAt >= login)) {
            late.push_back(id);
        } else if (silence >= idle / 2 && !connection->pinged) {
            connection->pinged = true;
            m_effects.ping.push_back(id);
        }
    }
    for (const ConnectionId id : late) {
        close(id);
    }
    for (const ConnectionId id : std::exchange(m_stalled, {})) {
        if (Connection* connection = find(id); connection != nullptr && connection->session != nullptr) {
            connection->session->reading = false;
            readMore(id, *connection->session);
        }
    }
    watchPressure(now);
    if (now >= m_nextExpiry && !m_expiring) {
        m_nextExpiry = now + kExpiryPeriod;
        m_expiring = true;
        m_effects.jobs.push_back(Job{{}, 0, 0, Expire{m_options.retention}});
    }
    if (now >= m_nextForgetting) {
        m_nextForgetting = now + kForgettingPeriod;
        m_handshakes.forgetIdle(now);
        m_registrations.forgetIdle(now);
        m_lookupsByAddress.forgetIdle(now);
        m_lookups.forgetIdle(now);
        m_messages.forgetIdle(now);
        m_bytes.forgetIdle(now);
        m_publishes.forgetIdle(now);
        m_bundleFetches.forgetIdle(now);
        m_bundlesOfTarget.forgetIdle(now);
        m_oneTimeOfTarget.forgetIdle(now);
    }
}

void Relay::diskFree(std::uint64_t bytes) {
    m_diskLow = bytes < m_options.limits.diskFreeBytes;
}

void Relay::drain() {
    m_draining = true;
    for (const auto& [id, connection] : m_connections) {
        if (connection->phase == Phase::LoggedIn) {
            wire::pb::Frame frame;
            frame.mutable_notice()->set_draining(true);
            reply(id, 0, std::move(frame));
        }
        close(id);
    }
}

Effects Relay::takeEffects() {
    for (const ConnectionId id : m_effects.awake) {
        if (Connection* connection = find(id)) {
            connection->awake = false;
        }
    }
    jobsTaken(m_clock.steady());
    Effects effects = std::exchange(m_effects, {});
    m_effects.jobs.reserve(std::min(effects.jobs.size(), kExpectedJobs));
    return effects;
}

bool Relay::hasPacket(ConnectionId id) const {
    const Connection* connection = find(id);
    return connection != nullptr && !connection->out.empty();
}

Bytes Relay::takePacket(ConnectionId id) {
    Connection* connection = find(id);
    const bool held = connection->out.bytes() >= kMaxOutBytes;
    Bytes packet = connection->out.take();
    if (held && connection->out.bytes() < kMaxOutBytes) {
        wake(id, *connection);
    }
    return packet;
}

bool Relay::accepts(ConnectionId id) const {
    const Connection* connection = find(id);
    return connection != nullptr && connection->jobs < kMaxJobs && connection->out.bytes() < kMaxOutBytes;
}

bool Relay::isClosing(ConnectionId id) const {
    const Connection* connection = find(id);
    return connection != nullptr && connection->phase == Phase::Closing;
}

const DeviceAddress* Relay::device(ConnectionId id) const {
    const Connection* connection = find(id);
    return connection != nullptr && connection->session != nullptr ? &connection->session->address : nullptr;
}

Statistics Relay::statistics() const {
    Statistics statistics = m_statistics;
    statistics.connections = m_connections.size();
    statistics.loggedIn = m_live.size();
    statistics.queuedBytes = m_queuedBytes;
    statistics.queueLag = queueLag(m_clock.steady());
    statistics.pressure = m_pressure.level();
    return statistics;
}

Connection* Relay::find(ConnectionId id) {
    const auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : found->second.get();
}
const Connection* Relay::find(ConnectionId id) const {
    const auto found = m_connections.find(id);
    return found == m_connections.end() ? nullptr : found->second.get();
}

void Relay::wake(ConnectionId id, Connection& connection) {
    if (!connection.awake) {
        connection.awake = true;
        m_effects.awake.push_back(id);
    }
}

void Relay::reply(ConnectionId id, std::uint64_t request, wire::pb::Frame frame) {
    Connection* connection = find(id);
    if (connection == nullptr || connection->phase == Phase::Closing) {
        return;
    }
    frame.set_request(request);
    connection->out.append(frame);
    wake(id, *connection);
}

void Relay::send(ConnectionId id, const Delivery& delivery) {
    Connection* connection = find(id);
    if (connection != nullptr && connection->phase != Phase::Closing) {
        connection->out.append(delivery);
        wake(id, *connection);
    }
}

void Relay::fail(ConnectionId id, std::uint64_t request, Code code, std::string text,
                 Milliseconds retryAfter) {
    wire::pb::Frame frame;
    wire::pb::Error& error = *frame.mutable_error();
    error.set_code(code);
    error.set_text(std::move(text));
    error.set_retry_after_ms(static_cast<std::uint64_t>(retryAfter.count()));
    reply(id, request, std::move(frame));
    Connection* connection = find(id);
    if (connection != nullptr && connection->session == nullptr && ++connection->refusals >= kMaxRefusals) {
        close(id);
    }
}

void Relay::limited(ConnectionId id, std::uint64_t request, Milliseconds retryAfter, const char* what) {
    ++m_statistics.refused;
    fail(id, request, Code::RATE_LIMITED, what, retryAfter);
}

void Relay::close(ConnectionId id) {
    Connection* connection = find(id);
    if (connection != nullptr && connection->phase != Phase::Closing) {
        connection->phase = Phase::Closing;
        wake(id, *connection);
    }
}

bool Relay::submit(ConnectionId id, std::uint64_t request, Command command, std::size_t cost) {
    Connection* connection = find(id);
    if (m_queuedBytes + cost > m_options.limits.storeQueueBytes) {
        ++m_statistics.refused;
        fail(id, request, Code::BUSY, "The relay has more to store than its disk takes.", kRetryBusy);
        return false;
    }
    m_queuedBytes += cost;
    ++connection->jobs;
    m_effects.jobs.push_back(Job{id, request, cost, std::move(command)});
    return true;
}

bool Relay::mayStore(ConnectionId id, std::uint64_t request) {
    if (m_diskLow) {
        ++m_statistics.refused;
        fail(id, request, Code::STORAGE, "The relay's disk is nearly full; nothing was stored.", kRetryDisk);
    }
    return !m_diskLow;
}

} // namespace sotto::relay
