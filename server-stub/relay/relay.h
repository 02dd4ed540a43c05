// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The relay without a socket, thread, disk or clock of its own: events go in, effects come out
/// (docs/PROTOCOL.md). The gateway and the storage thread carry the effects out; a simulation does it in one
/// thread. Everything that must survive is in the Store; what is in here a restart may lose.
///
///     relay.opened(id, peer);  relay.received(id, packet);  relay.completed(jobs, failure);  relay.tick();
///     for each of relay.takeEffects(): execute jobs, write relay.takePacket(id), ping, close
///
/// Deterministic: the same events with the same clock and random give the same effects. Not thread-safe.

#include "core/base/histogram.h"
#include "core/base/random.h"
#include "server-stub/relay/connection.h"
#include "server-stub/relay/limits.h"
#include "server-stub/relay/pressure.h"
#include "server-stub/relay/rate_limiter.h"
#include "server-stub/relay/store.h"

#include <deque>

namespace sotto::relay {

struct Options {
    RelayId relay; ///< SHA-256 of the relay's own SPKI
    Limits limits;
    Milliseconds retention = std::chrono::hours(24 * 30);
    bool openRegistration = false;
    bool testing = false; ///< says to everyone that it breaks things on purpose
};

/// What is to be done after an event. Each may be carried out late, none may be left out.
struct Effects {
    std::vector<Job> jobs;           ///< for the store, in this order
    std::vector<ConnectionId> awake; ///< has packets to write, takes packets again, or is to be closed
    std::vector<ConnectionId> ping;  ///< silent for long: send a WebSocket ping
};

struct Statistics {
    std::size_t connections = 0;
    std::size_t loggedIn = 0;
    std::size_t queuedBytes = 0; ///< of sends at the store
    Milliseconds queueLag{};     ///< age of the oldest job at the store
    PressureLevel pressure = PressureLevel::None;
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0; ///< sends known by their id
    std::uint64_t ephemeralDropped = 0;
    std::uint64_t late = 0;    ///< devices that left mail unacknowledged for too long, each time
    Histogram storeTime;       ///< from a job's submission to its commit
    Histogram acknowledgeTime; ///< from handing mail over to its acknowledgement
    std::uint64_t delivered = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t refused = 0; ///< requests answered with a limit
    bool storing = true;       ///< the last thing the store did worked
};

class Relay {
public:
    Relay(const Clock& clock, Random& random, Options options);

    /// Whether a new connection from this address would be within the limits. The gateway asks before it
    /// spends anything on one, also for those that are still shaking hands.
    bool admits(const std::string& address, std::size_t openFromAddress, std::size_t open);
    void opened(ConnectionId id, Peer peer);
    void received(ConnectionId id, BytesView packet);
    void heard(ConnectionId id); ///< a sign of life that is no packet: a pong
    void closed(ConnectionId id);
    /// The store has executed these, or failed to.
    void completed(std::vector<Job> jobs, std::optional<StoreError> failure);
    /// About once a second: deadlines, expiry, forgetting.
    void tick();
    void diskFree(std::uint64_t bytes);
    /// Tells everyone to come back later; no one logs in any more.
    void drain();

    Effects takeEffects();
    bool hasPacket(ConnectionId id) const;
    Bytes takePacket(ConnectionId id); ///< only after hasPacket()
    /// False: read nothing more from it for now. It is awake again when that changes.
    bool accepts(ConnectionId id) const;
    bool isClosing(ConnectionId id) const; ///< close it once its packets are written

    /// Who has logged in on it; nullptr: nobody yet, or no such connection.
    const DeviceAddress* device(ConnectionId id) const;
    Statistics statistics() const;
    const Options& options() const { return m_options; }

private:
    using Phase = Connection::Phase;
    using Code = wire::pb::ErrorCode;

    // relay.cpp
    Connection* find(ConnectionId id);
    const Connection* find(ConnectionId id) const;
    void wake(ConnectionId id, Connection& connection);
    void reply(ConnectionId id, std::uint64_t request, wire::pb::Frame frame);
    void send(ConnectionId id, const Delivery& delivery);
    void fail(ConnectionId id, std::uint64_t request, Code code, std::string text,
              Milliseconds retryAfter = {});
    void limited(ConnectionId id, std::uint64_t request, Milliseconds retryAfter, const char* what);
    void close(ConnectionId id);
    void handle(ConnectionId id, wire::pb::Frame& frame);
    bool submit(ConnectionId id, std::uint64_t request, Command command, std::size_t cost);
    void storeFailed(Job& job, StoreError failure);
    bool mayStore(ConnectionId id, std::uint64_t request);

    // strain.cpp
    void jobsTaken(SteadyTime now);
    void jobsDone(std::size_t count, SteadyTime now);
    Milliseconds queueLag(SteadyTime now) const;
    void watchPressure(SteadyTime now);

    // login.cpp
    void onHello(ConnectionId id, std::uint64_t request, const wire::pb::Hello& hello);
    void onRegister(ConnectionId id, std::uint64_t request, const wire::pb::Register& frame);
    void done(Job& job, FindDevice& command);
    void done(Job& job, LogIn& command);
    void done(Job& job, RegisterAccount& command);
    void refuseLogin(ConnectionId id, std::uint64_t request, Code code, std::string text);
    Digest tlsKeyHash(const Connection& connection) const;

    // directory.cpp
    void onPublishList(ConnectionId id, std::uint64_t request, const wire::pb::PublishList& frame);
    void onFetchLists(ConnectionId id, std::uint64_t request, const wire::pb::FetchLists& frame);
    void onPublishPrekeys(ConnectionId id, std::uint64_t request, const wire::pb::PublishPrekeys& frame);
    void onFetchBundles(ConnectionId id, std::uint64_t request, const wire::pb::FetchBundles& frame);
    void done(Job& job, PublishList& command);
    void done(Job& job, FetchLists& command);
    void done(Job& job, PublishPrekeys& command);
    void done(Job& job, FetchBundles& command);
    void notifyPrekeysLow(MailboxId mailbox, std::uint32_t left);

    // mail.cpp
    bool takeSend(ConnectionId id, std::uint64_t request, wire::pb::Send& send);
    void answerStored(ConnectionId id, std::uint64_t request, const SendId& send, Stamp stamp);
    void onSend(ConnectionId id, std::uint64_t request, wire::pb::Send& send);
    void onAck(ConnectionId id, std::uint64_t request, const wire::pb::Ack& ack);
    void done(Job& job, StoreSend& command);
    void done(Job& job, Acknowledge& command);
    void done(Job& job, ReadRows& command);
    void done(Job& job, Expire& command);
    void deliver(const StoreSend& command, std::size_t header);
    void handOver(Session& session, const Delivery::Row& row);
    void flushCollected(ConnectionId id, Session& session);
    void readMore(ConnectionId id, Session& session);

    const Clock& m_clock;
    Random& m_random;
    const Options m_options;
    Ed25519Key m_nobody; ///< unknown devices are checked against this key, so that both take the same time
    std::unordered_map<ConnectionId, std::unique_ptr<Connection>> m_connections;
    std::unordered_map<MailboxId, ConnectionId> m_live;
    std::size_t m_unauthenticated = 0;
    std::vector<ConnectionId> m_collecting;
    std::vector<ConnectionId> m_stalled; ///< their ReadRows failed: again with the next tick
    Effects m_effects;
    std::size_t m_queuedBytes = 0;
    wire::pb::Packet m_packet; ///< the last one decoded: its parts are used again for the next
    wire::pb::Row m_row;       ///< the same for rows
    bool m_draining = false;
    bool m_diskLow = false;
    bool m_expiring = false;
    SteadyTime m_nextExpiry{};
    SteadyTime m_nextForgetting{};
    Statistics m_statistics;
    Pressure m_pressure;
    struct Submitted {
        SteadyTime at;
        std::size_t jobs = 0;
    };
    std::deque<Submitted> m_submitted; ///< what the store has, in order

    RateLimiter<std::string> m_handshakes;
    RateLimiter<std::string> m_registrations;
    RateLimiter<std::string> m_lookupsByAddress;
    RateLimiter<AccountId> m_lookups;
    RateLimiter<AccountId> m_messages;
    RateLimiter<AccountId> m_bytes;
    RateLimiter<AccountId> m_publishes;
    RateLimiter<AccountId> m_bundleFetches;
    RateLimiter<DeviceAddress> m_bundlesOfTarget;
    RateLimiter<DeviceAddress> m_oneTimeOfTarget;
};

} // namespace sotto::relay
