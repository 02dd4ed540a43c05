// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Relays and people in one thread: the very relay, store and client objects that ship, joined by simulated
/// links under a virtual clock. Idle time is skipped; nothing sleeps. A story reads:
///
///     World world;  Person& alice = world.person("alice");  Person& bob = world.person("bob");
///     alice.knows(bob);  alice.says(bob, "hello");  QVERIFY(world.until([&] { return bob.texts() ==
///     Lines{"hello"}; }));
///
/// A story has one relay, and files in memory; the simulation (tests/simulation) has simulated disks,
/// watches, and breaks things.

#include "server-stub/faults/faulty_link.h"
#include "tests/support/person.h"
#include "tests/support/relay_node.h"
#include "tests/support/seeded_random.h"

#include <QTemporaryDir>
#include <deque>
#include <functional>
#include <map>

namespace sotto::test {

/// A relay and its registered people as files, to begin worlds with.
struct Beginning {
    struct Account {
        std::string name;
        SimulatedDisk::Files small; ///< of the profile, without its database
        SimulatedDisk::Files disk;
    };
    RelayId relay;
    SimulatedDisk::Files disk;
    std::vector<Account> accounts;
};

/// Sees what happens in a world, for the simulation. Nothing is told of what a dead computer still did.
class Watcher {
public:
    virtual ~Watcher() = default;
    virtual void sentByClient(Person& person, BytesView packet) = 0;
    virtual void sentByRelay(Person& person, BytesView packet) = 0;
    /// After the commit, before the relay answers. known: false when it failed or the relay died in it, so
    /// that nobody can say whether it happened.
    virtual void executed(RelayNode& relay, std::span<relay::Job> jobs, bool known) = 0;
    virtual void happened(Person& person, const core::Event& event) = 0;
    virtual void fell(Person& person) = 0; ///< its program ended
    virtual void fell(RelayNode& relay) = 0;
    virtual void stepped() = 0; ///< after every event
};

class World {
public:
    explicit World(relay::Limits limits = {}, std::uint64_t seed = 1);
    /// With simulated disks, and nobody running yet.
    World(const std::vector<Beginning>& beginnings, std::uint64_t seed, Chance& chance, Watcher& watcher);
    ~World();

    /// A new person, registered and online; an existing one otherwise.
    Person& person(const std::string& name);
    /// A new person with a profile and no account yet.
    Person& visitor(const std::string& name);
    wire::JoinLink joinLink();
    /// Ends everybody in good order and takes their files.
    Beginning end();
    /// The files of someone who does not run.
    static Beginning::Account filesOf(Person& person);
    /// Someone who does not run has these files, and no others, from now on.
    static void putBack(Person& person, const Beginning::Account& files);

    /// Someone from a beginning, or a copy of one, on a simulated disk; not running yet.
    Person& arrives(const Beginning::Account& account, RelayNode& relay);
    RelayNode& relay(std::size_t index = 0) { return *m_relays[index]; }
    std::size_t relays() const { return m_relays.size(); }

    /// Delivers rows to a person as if the relay had, now. Number 0 leaves the cursor where it is.
    void inject(Person& person, const std::vector<wire::pb::Row>& rows);
    /// What the relay keeps: its database and what lies beside it.
    std::filesystem::path relayDirectory() const { return m_relays.front()->directory; }

    /// Runs until the condition holds; false when it does not within the virtual time.
    bool until(const std::function<bool()>& condition, Milliseconds limit = std::chrono::minutes(2));
    /// Lets virtual time pass.
    void pass(Milliseconds time);
    void schedule(Milliseconds delay, std::function<void()> act);

    /// kill -9: what was not committed is gone; then a new process on the same store.
    void crashRelay();
    void stopRelay() { stop(relay()); }
    void startRelay() { start(relay()); }
    void stop(RelayNode& relay);
    /// False when its store does not open; in the file system that throws.
    bool start(RelayNode& relay);
    /// A store on a simulated disk was told to die while nothing ran.
    void fallIfDead(RelayNode& relay);

    /// The link breaks: each end learns of it, or not.
    void cut(relay::ConnectionId link, bool tellClient = true, bool tellRelay = true);
    /// Nothing gets through any more, and nobody is told.
    void silence(relay::ConnectionId link);

    /// The relay turns evil: called for every packet under way; what it returns travels instead.
    using Script =
        std::function<std::vector<wire::pb::Packet>(Person& person, const wire::pb::Packet& packet)>;
    Script toClient;
    Script toRelay;
    /// Breaks the frames of every link that is opened while it is set, as a testing relay does.
    relay::FaultEngine* faults = nullptr;
    std::function<Milliseconds()> latency;  ///< empty: 5 ms each way
    std::function<bool(Person&)> reachable; ///< empty: always
    std::function<Milliseconds()> batching; ///< how long jobs gather at a relay; empty: not at all

    VirtualClock clock;
    SeededRandom random;

private:
    friend class Person;
    struct Link {
        Person* person = nullptr;
        RelayNode* relay = nullptr;
        bool atClient = true; ///< that end believes in it
        bool atRelay = false;
        bool silent = false;                       ///< nothing gets through any more
        std::unique_ptr<relay::FaultyLink> faulty; ///< nullptr: nothing happens to its frames
        std::optional<SteadyTime> pumpAt;          ///< when what it keeps back is looked at next
        SteadyTime lastUp{};
        SteadyTime lastDown{};
    };
    static QString directoryTemplate();
    void settle(RelayNode& relay);
    void execute(RelayNode& relay);
    bool step(SteadyTime limit);
    void deliver(relay::ConnectionId link, Bytes packet);
    void carryToRelay(relay::ConnectionId link, Bytes packet);
    void travelUp(relay::ConnectionId link, Bytes packet);
    void travelDown(relay::ConnectionId link, Bytes packet);
    void pump(relay::ConnectionId link);
    relay::ConnectionId open(Person& person);
    void closedAtClient(relay::ConnectionId link);
    void closeAtRelay(relay::ConnectionId link);
    void forgetIfGone(relay::ConnectionId link);
    SteadyTime arrival(SteadyTime& last);
    void scheduleAt(SteadyTime time, std::function<void()> act);

    QTemporaryDir m_directory{directoryTemplate()};
    Chance* m_chance = nullptr; ///< draws ties; nullptr: first come, first served
    Watcher* m_watcher = nullptr;
    std::vector<std::unique_ptr<RelayNode>> m_relays;
    std::map<std::string, std::unique_ptr<Person>> m_people;
    std::map<relay::ConnectionId, Link> m_links;
    std::uint64_t m_lastLink = 0;
    std::uint64_t m_lastEvent = 0;
    std::map<std::tuple<SteadyTime, std::uint64_t, std::uint64_t>, std::function<void()>> m_events;
};

} // namespace sotto::test
