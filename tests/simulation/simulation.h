// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One seed's run: a world, its people's talk, its faults, then healing, and the ledger's judgement. The same
/// seed gives the same run, which its trace (a hash of everything on the links and everything told to users)
/// shows; bytes on disks are left out, since SQLCipher's own randomness is in them.

#include "tests/simulation/hostile_relay.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/swarm.h"

namespace sotto::simulation {

struct Outcome {
    std::string violation; ///< empty: none
    std::uint64_t trace = 0;
    std::uint64_t messages = 0;
    std::uint64_t crashes = 0;
    std::uint64_t placeholders = 0;
    std::uint64_t repairs = 0;
    std::uint64_t changes = 0; ///< edits, reactions and deletions that were taken
    std::uint64_t storageOperations = 0;
    std::uint64_t lostWrites = 0; ///< by power cuts, as a whole
    std::uint64_t tornWrites = 0; ///< ... and sector by sector
    std::uint64_t restores = 0;   ///< profiles that really went back to an older copy
    std::uint64_t clones = 0;
    std::uint64_t relayRestores = 0;
    std::uint64_t pressures = 0;    ///< a client was told that ephemeral mail is given up
    std::uint64_t lateReceipts = 0; ///< ... or that receipts are to be gathered for longer
    std::array<std::uint64_t, kFaults> faults{};
};

/// Relays with registered people, to begin every run with: made once a process.
std::vector<test::Beginning> makeBeginnings();

class Simulation final : public test::Watcher {
public:
    Simulation(const std::vector<test::Beginning>& beginnings, std::uint64_t seed, bool verbose);
    Outcome run();

private:
    struct Snapshot {
        test::Beginning::Account files;
        Ledger::View view;
        std::uint64_t logins = 0; ///< that the relay took, and one that may be on its way
    };
    // Watcher
    void sentByClient(Person& person, BytesView packet) override;
    void sentByRelay(Person& person, BytesView packet) override;
    void executed(RelayNode& relay, std::span<relay::Job> jobs, bool known) override;
    void happened(Person& person, const core::Event& event) override;
    void fell(Person& person) override;
    void fell(RelayNode& relay) override;
    void stepped() override;

    void begin();
    void planTalk();
    void planFaults();
    void plan(Fault fault, const std::function<void()>& act);
    void heal();
    void attend(Person& person);
    bool removeGhosts(Person& person);
    void finish();

    void say(Person& from, Person& to, bool mutual);
    void change(Person& person);
    void change(core::Client& client, const core::Message& line);
    static void readsAll(Person& person);
    void letTimesEnd();
    void start(Person& person);
    void start(RelayNode& relay);
    void kill(Person& person, test::SimulatedDisk::Death death);
    void kill(RelayNode& relay, test::SimulatedDisk::Death death);
    void fillDisk(test::SimulatedDisk& disk, Fault fault);
    void breakDisk(test::SimulatedDisk& disk, Fault fault);
    void takeSnapshot(Person& person);
    void restore(Person& person);
    void clone(Person& person);
    void takeSnapshot(RelayNode& relay);
    void restore(RelayNode& relay);
    void breakFrames();
    void changeList(Person& person, bool onlyOwnDevice);

    Person& anybody() { return *m_people[m_chance.below(m_people.size())]; }
    Milliseconds within(Milliseconds time);
    void note(std::uint64_t value);
    void note(BytesView bytes);
    void log(const std::string& text) const;
    void logFrames(const std::string& who, const wire::pb::Packet& packet) const;
    void judged(const std::function<void()>& act);

    std::uint64_t m_seed;
    bool m_verbose;
    test::Chance m_chance;
    /// Of changes alone, so that a seed without them stays the run that it was before there were any.
    test::Chance m_changes;
    int m_edits = 0;
    Swarm m_swarm;
    test::World m_world;
    Ledger m_ledger;
    HostileRelay m_hostile;
    std::optional<relay::FaultEngine> m_engine;
    SteadyTime m_slowUntil{};
    std::vector<Person*> m_people;
    struct Pair {
        Person* one = nullptr;
        Person* other = nullptr;
        bool mutual = true; ///< both have added the other
    };
    std::vector<Pair> m_pairs;
    std::set<const Person*> m_unreachable;
    std::set<const Person*> m_gone; ///< copies whose time is over
    std::map<const Person*, std::vector<Snapshot>> m_snapshots;
    std::map<const RelayNode*, std::vector<test::SimulatedDisk::Files>> m_relaySnapshots;
    std::map<const Person*, std::uint64_t> m_logins;
    std::set<const Person*> m_loggingIn; ///< sent, and not answered yet as far as is known
    std::set<const Person*> m_alarmDue;
    bool m_healing = false;
    bool m_stopped = false; ///< a violation was found: the rest does not count
    Outcome m_outcome;
};

} // namespace sotto::simulation
