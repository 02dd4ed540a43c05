// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One account on one device of the simulated world, with all that its observer saw.

#include "core/client.h"
#include "server-stub/relay/relay.h"
#include "tests/support/simulated_vfs.h"
#include "tests/support/virtual_clock.h"

namespace sotto::test {

class World;
struct RelayNode;
using Lines = std::vector<std::string>;

class Person final : public core::Edge, public core::Observer {
public:
    /// Makes a profile in the file system.
    Person(World& world, RelayNode& relay, std::string name);
    /// Takes over a profile: small files that lie in the directory already, and a disk. Not running.
    Person(World& world, RelayNode& relay, std::string name, std::filesystem::path directory,
           const SimulatedDisk::Files& files);
    ~Person() override;

    core::Client& client() { return *m_client; }
    core::Profile& profile() { return *m_profile; }
    bool isClosed() const { return !m_profile; } ///< it does not run, or its profile does not open
    bool isRunning() const { return m_client != nullptr; }
    /// Of its account; while it does not run, as it was.
    DeviceAddress address() const {
        return m_profile ? DeviceAddress{m_profile->identity()->account, m_profile->identity()->device}
                         : m_address;
    }
    const std::string& name() const { return m_name; }
    RelayNode& relay() const { return m_relay; }
    const std::filesystem::path& directory() const { return m_directory; }
    SimulatedDisk* disk() { return m_disk.get(); } ///< nullptr: the file system
    OwnClock& clock() { return m_clock; }
    relay::ConnectionId link() const { return m_link; } ///< 0: none

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

    /// Calls into the client, measured; nothing when it does not run. A disk that dies meanwhile ends it.
    template <class Call>
    void enter(Call call) {
        if (!m_client) {
            return;
        }
        {
            const SimulatedDisk::Running running(m_disk.get());
            const auto begin = std::chrono::steady_clock::now();
            call(*m_client);
            m_busy += std::chrono::steady_clock::now() - begin;
        }
        fallIfDead();
    }
    /// Starts the program; false when its profile does not open. In the file system that throws.
    bool start();
    const std::string& refusal() const { return m_refusal; } ///< why the profile did not open the last time
    /// Ends the program in good order.
    void close();
    /// Ends the program as its disk's death says. told: the relay learns that the link is gone.
    void fall(bool told);

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
    void fallIfDead();
    // Edge
    void connect(const wire::RelayAddress& relay) override;
    void send(Bytes packet) override;
    void disconnect() override;
    void wakeAt(SteadyTime time) override;
    // Observer
    void onEvent(const core::Event& event) override;

    World& m_world;
    RelayNode& m_relay;
    std::string m_name;
    std::filesystem::path m_directory;
    OwnClock m_clock;
    std::unique_ptr<SimulatedDisk> m_disk;
    std::unique_ptr<SimulatedMount> m_mount;
    std::unique_ptr<core::Profile> m_profile;
    std::unique_ptr<core::Client> m_client;
    std::vector<core::Event> m_events;
    DeviceAddress m_address;
    std::string m_refusal;
    relay::ConnectionId m_link{};
    std::optional<SteadyTime> m_wake;
    bool m_wanted = true; ///< reaches the relay
    std::chrono::nanoseconds m_busy{};
};

} // namespace sotto::test
