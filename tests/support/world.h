// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A relay and some people in one thread: the very relay, store and client objects that ship, joined by
/// simulated links under a virtual clock. Idle time is skipped; nothing sleeps. A story reads:
///
///     World world;  Person& alice = world.person("alice");  Person& bob = world.person("bob");
///     alice.knows(bob);  alice.says(bob, "hello");  QVERIFY(world.until([&] { return bob.texts() ==
///     Lines{"hello"}; }));

#include "core/client.h"
#include "server-stub/relay/relay.h"
#include "server-stub/store/sqlite_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

#include <QTemporaryDir>
#include <deque>
#include <functional>
#include <map>

namespace sotto::test {

class World;
using Lines = std::vector<std::string>;

/// One account on one device, with all that its observer saw.
class Person final : public core::Edge, public core::Observer {
public:
    Person(World& world, std::string name);
    ~Person() override;

    core::Client& client() { return *m_client; }
    core::Profile& profile() { return *m_profile; }
    bool isClosed() const { return !m_profile; } ///< whileClosed() threw: its profile does not open
    DeviceAddress address() const { return {m_profile->identity()->account, m_profile->identity()->device}; }
    const std::string& name() const { return m_name; }

    /// Adds the other by contact link, both ways.
    void knows(Person& other);
    core::Contact contact(const std::string& name) const;
    core::Message says(Person& to, const std::string& text);
    core::Message says(const std::string& contactName, const std::string& text);
    Lines texts() const; ///< everybody's, oldest first, in the order of the conversations
    Lines textsFrom(const std::string& name) const;
    std::vector<core::Message> history(const std::string& name) const;
    core::MessageState stateOf(const core::Message& message) const;

    /// Closes the link and stays away until goOnline().
    void goOffline();
    void goOnline();
    /// The process dies between two calls and starts again.
    void crash();
    /// Real time spent inside this person's client so far.
    std::chrono::nanoseconds busy() const { return m_busy; }
    /// Runs while the profile is closed: to damage, copy or look into its files.
    void whileClosed(const std::function<void(const std::filesystem::path&)>& act);

    template <class E>
    std::vector<E> saw() const {
        std::vector<E> found;
        for (const core::Event& event : m_events) {
            if (const auto* of = std::get_if<E>(&event)) {
                found.push_back(*of);
            }
        }
        return found;
    }

private:
    friend class World;
    void open();
    /// Calls into the client from the world, measured.
    template <class Call>
    void enter(Call call) {
        const auto begin = std::chrono::steady_clock::now();
        call(*m_client);
        m_busy += std::chrono::steady_clock::now() - begin;
    }
    // Edge
    void connect(const wire::RelayAddress& relay) override;
    void send(Bytes packet) override;
    void disconnect() override;
    void wakeAt(SteadyTime time) override;
    // Observer
    void onEvent(const core::Event& event) override { m_events.push_back(event); }

    World& m_world;
    std::string m_name;
    std::filesystem::path m_directory;
    std::unique_ptr<core::Profile> m_profile;
    std::unique_ptr<core::Client> m_client;
    std::vector<core::Event> m_events;
    relay::ConnectionId m_link{}; ///< 0: none
    std::optional<SteadyTime> m_wake;
    bool m_wanted = true; ///< reaches the relay
    std::chrono::nanoseconds m_busy{};
};

class World {
public:
    explicit World(relay::Limits limits = {}, std::uint64_t seed = 1);
    ~World();

    /// A new person, registered and online; an existing one otherwise.
    Person& person(const std::string& name);
    /// A new person with a profile and no account yet.
    Person& visitor(const std::string& name);
    wire::JoinLink joinLink();

    /// Delivers rows to a person as if the relay had, now. Number 0 leaves the cursor where it is.
    void inject(Person& person, const std::vector<wire::pb::Row>& rows);
    /// What the relay keeps: its database and what lies beside it.
    std::filesystem::path relayDirectory() const { return m_directory.filePath("relay").toStdString(); }

    /// Runs until the condition holds; false when it does not within the virtual time.
    bool until(const std::function<bool()>& condition, Milliseconds limit = std::chrono::minutes(2));
    /// Lets virtual time pass.
    void pass(Milliseconds time);

    /// kill -9: what was not committed is gone; then a new process on the same store.
    void crashRelay();
    void stopRelay();
    void startRelay();

    /// The relay turns evil: called for every packet under way; what it returns travels instead.
    using Script =
        std::function<std::vector<wire::pb::Packet>(Person& person, const wire::pb::Packet& packet)>;
    Script toClient;
    Script toRelay;

    VirtualClock clock;
    SeededRandom random;

private:
    friend class Person;
    static QString directoryTemplate();
    void schedule(Milliseconds delay, std::function<void()> act);
    void settleRelay();
    bool step(SteadyTime limit);
    void deliver(Person& person, relay::ConnectionId link, Bytes packet);
    void cut(relay::ConnectionId link);

    QTemporaryDir m_directory{directoryTemplate()};
    relay::Options m_options;
    std::unique_ptr<relay::SqliteStore> m_store;
    std::unique_ptr<relay::Relay> m_relay;
    std::map<std::string, std::unique_ptr<Person>> m_people;
    std::map<relay::ConnectionId, Person*> m_links;
    std::uint64_t m_lastLink = 0;
    std::multimap<SteadyTime, std::function<void()>> m_events;
    SteadyTime m_nextTick;
};

} // namespace sotto::test
