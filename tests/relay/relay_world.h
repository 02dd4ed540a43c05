// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A relay with its real store on disk, in one thread under a clock that tests turn, and the connections that
/// tests hold to it.

#include "server-stub/relay/relay.h"
#include "server-stub/store/sqlite_store.h"
#include "tests/relay/account_fixture.h"
#include "tests/support/seeded_random.h"

#include <QTemporaryDir>
#include <deque>
#include <stdexcept>

namespace sotto::relay {

class TurnedClock final : public Clock {
public:
    WallTime wall() const override { return m_wall; }
    SteadyTime steady() const override { return m_steady; }
    void advance(Milliseconds time) {
        m_wall += time;
        m_steady += time;
    }
    /// What an operator or NTP does.
    void stepWall(Milliseconds time) { m_wall += time; }

private:
    WallTime m_wall = wallTime(1'790'000'000'000);
    SteadyTime m_steady{std::chrono::hours(1)};
};

class RelayWorld {
public:
    /// One connection as its client sees it.
    struct Wire {
        ConnectionId id{};
        bool secure = true;
        std::deque<pb::Frame> frames; ///< received and not looked at
        std::vector<pb::Row> rows;    ///< delivered, in order
        std::size_t packets = 0;
        bool closed = false;
        pb::Challenge challenge;
        Greeting greeting() const { return greetingOf(challenge, secure); }
    };

    explicit RelayWorld(Options options = {}, std::uint64_t seed = 1, std::string vfs = {})
        : random(seed)
        , m_options(std::move(options))
        , m_vfs(std::move(vfs)) {
        m_options.relay = random.next<RelayId>();
        start();
    }

    /// The relay is gone without a word; what the store committed is what is left.
    void crash() {
        for (auto& [id, wire] : m_wires) {
            wire->closed = true;
        }
        m_wires.clear();
        relay.reset();
        store.reset();
    }
    void start() {
        auto opened = SqliteStore::open(database(), m_options.limits, random, m_vfs);
        if (!opened) {
            throw std::runtime_error(db::describe(opened.error()));
        }
        store = std::move(*opened);
        relay = std::make_unique<Relay>(clock, random, m_options);
    }
    void restart() {
        crash();
        start();
    }
    std::filesystem::path database() const { return m_directory.filePath("relay.db").toStdString(); }

    Bytes invite() { return *store->makeInvite(random, clock.wall() + std::chrono::hours(24)); }

    std::shared_ptr<Wire> connect(std::string address = "192.0.2.1", bool secure = true) {
        auto wire = std::make_shared<Wire>();
        wire->id = ConnectionId{++m_lastId};
        wire->secure = secure;
        m_wires.emplace(wire->id, wire);
        relay->opened(wire->id, {std::move(address), secure});
        settle();
        if (!wire->frames.empty()) {
            wire->challenge = take(*wire).challenge();
        }
        return wire;
    }
    void disconnect(Wire& wire) {
        if (!wire.closed) {
            wire.closed = true;
            relay->closed(wire.id);
            m_wires.erase(wire.id);
            settle();
        }
    }

    void sendBytes(Wire& wire, BytesView packet) {
        relay->received(wire.id, packet);
        settle();
    }
    void send(Wire& wire, const pb::Frame& frame) { sendBytes(wire, wire::encodeFrame(frame)); }
    /// Hands the frame in without carrying out what follows from it.
    void sendOnly(Wire& wire, const pb::Frame& frame) { relay->received(wire.id, wire::encodeFrame(frame)); }

    /// The first frame that waits; throws when there is none.
    pb::Frame take(Wire& wire) {
        if (wire.frames.empty()) {
            throw std::runtime_error("nothing was received");
        }
        pb::Frame frame = std::move(wire.frames.front());
        wire.frames.pop_front();
        return frame;
    }
    pb::Frame ask(Wire& wire, const pb::Frame& frame) {
        send(wire, frame);
        return take(wire);
    }
    /// The code of the error that comes back, or -1 for any other answer.
    int errorOf(Wire& wire, const pb::Frame& frame) {
        const pb::Frame answer = ask(wire, frame);
        return answer.has_error() ? static_cast<int>(answer.error().code()) : -1;
    }

    std::shared_ptr<Wire> registerAccount(const TestAccount& account) {
        auto wire = connect();
        const pb::Frame answer = ask(*wire, account.registration(wire->greeting(), invite()));
        if (!answer.has_registered()) {
            throw std::runtime_error("not registered: " + answer.error().text());
        }
        return wire;
    }
    /// Registered where need be and logged in; the Welcome has been taken.
    std::shared_ptr<Wire> logIn(const TestAccount& account, std::uint32_t device = 1) {
        auto wire = connect();
        welcome = ask(*wire, account.hello(wire->greeting(), device));
        if (!welcome.has_welcome()) {
            throw std::runtime_error("not logged in: " + welcome.error().text());
        }
        return wire;
    }
    /// A new account, registered, with as many devices as asked for.
    TestAccount account(const std::string& name, std::size_t devices = 1) {
        TestAccount made(name, random);
        auto wire = registerAccount(made);
        disconnect(*wire);
        for (std::size_t i = 1; i < devices; ++i) {
            auto session = logIn(made);
            made.addDevice();
            made.succeed();
            publish(*session, made);
            disconnect(*session);
        }
        return made;
    }
    void publish(Wire& wire, const TestAccount& account) {
        pb::Frame frame;
        frame.set_request(3);
        *frame.mutable_publish_list()->mutable_list() = wireOf(account.list());
        if (!ask(wire, frame).has_list_published()) {
            throw std::runtime_error("list not published");
        }
    }
    void acknowledge(Wire& wire, std::uint64_t number) {
        pb::Frame frame;
        frame.mutable_ack()->set_number(number);
        send(wire, frame);
    }

    /// Carries effects out until nothing is left to do.
    void settle() {
        for (;;) {
            Effects effects = relay->takeEffects();
            if (effects.jobs.empty() && effects.awake.empty() && (stalled || m_stalled.empty())) {
                return;
            }
            if (stalled) {
                std::move(effects.jobs.begin(), effects.jobs.end(), std::back_inserter(m_stalled));
                effects.jobs.clear();
            } else if (!m_stalled.empty()) {
                effects.jobs.insert(effects.jobs.begin(), std::make_move_iterator(m_stalled.begin()),
                                    std::make_move_iterator(m_stalled.end()));
                m_stalled.clear();
            }
            if (!effects.jobs.empty()) {
                std::optional<StoreError> failure;
                if (failing) {
                    failure = failing;
                } else if (const auto done = store->execute(effects.jobs, clock.wall()); !done) {
                    failure = done.error();
                }
                if (crashAfterCommit) {
                    return; // the caller ends it here
                }
                relay->completed(std::move(effects.jobs), failure);
            }
            for (const ConnectionId id : effects.awake) {
                receive(id);
            }
        }
    }
    void tick(Milliseconds step = std::chrono::seconds(1)) {
        clock.advance(step);
        relay->tick();
        settle();
    }
    std::int64_t count(const std::string& sql) {
        auto opened = db::Database::open(database(), {});
        auto rows = opened->query(sql);
        return rows.next() ? rows.integer(0) : -1;
    }

    TurnedClock clock;
    test::SeededRandom random;
    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Relay> relay;
    pb::Frame welcome; ///< of the last logIn()
    std::optional<StoreError> failing;
    bool crashAfterCommit = false;
    bool stalled = false; ///< the disk takes its time: nothing is executed until this ends

private:
    void receive(ConnectionId id) {
        const auto found = m_wires.find(id);
        if (found == m_wires.end()) {
            return;
        }
        const std::shared_ptr<Wire> wire = found->second;
        while (relay->hasPacket(id)) {
            auto packet = wire::decodePacket(relay->takePacket(id), wire::Direction::ToClient);
            if (!packet) {
                throw std::runtime_error("the relay sent a packet that does not decode");
            }
            ++wire->packets;
            for (pb::Frame& frame : *packet->mutable_frames()) {
                if (frame.has_deliver()) {
                    for (pb::Row& row : *frame.mutable_deliver()->mutable_rows()) {
                        wire->rows.push_back(std::move(row));
                    }
                } else {
                    wire->frames.push_back(std::move(frame));
                }
            }
        }
        if (relay->isClosing(id)) {
            wire->closed = true;
            relay->closed(id);
            m_wires.erase(id);
        }
    }

    QTemporaryDir m_directory;
    Options m_options;
    std::string m_vfs;
    std::unordered_map<ConnectionId, std::shared_ptr<Wire>> m_wires;
    std::vector<Job> m_stalled;
    std::uint64_t m_lastId = 0;
};

} // namespace sotto::relay
