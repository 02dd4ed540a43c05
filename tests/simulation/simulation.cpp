// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/simulation.h"

#include "core/storage/account_store.h"
#include "core/wire/packet.h"

namespace sotto::simulation {
namespace {

using Death = test::SimulatedDisk::Death;
using Operation = test::SimulatedDisk::Operation;

constexpr std::uint64_t kBeginningSeed = 20'261'122;
constexpr std::size_t kMostPeople = 5;
constexpr Milliseconds kHealing = std::chrono::minutes(10);
/// What may begin anew only once a day, or is asked for once more only then.
constexpr Milliseconds kLongHealing = std::chrono::hours(26);
constexpr std::size_t kMostSnapshots = 3;
/// Such that the seeds which CMakeLists.txt names have none.
constexpr std::uint64_t kOfChanges = 4ULL << 32U;

} // namespace

std::vector<test::Beginning> makeBeginnings() {
    std::vector<test::Beginning> beginnings;
    for (const auto& names :
         {std::vector{"alice", "bob", "carol", "dave", "erin"}, std::vector{"frank", "grace"}}) {
        test::World world({}, kBeginningSeed + beginnings.size());
        for (const char* name : names) {
            world.person(name);
        }
        beginnings.push_back(world.end());
    }
    return beginnings;
}

Simulation::Simulation(const std::vector<test::Beginning>& beginnings, std::uint64_t seed, bool verbose)
    : m_seed(seed)
    , m_verbose(verbose)
    , m_chance(seed)
    , m_changes(seed ^ kOfChanges)
    , m_swarm(m_chance)
    , m_world(beginnings, seed, m_chance, *this)
    , m_hostile(m_chance, m_swarm, m_ledger) {
    m_swarm.changes = m_changes.oneIn(3);
    // Later than anything that the beginnings remember.
    m_world.clock.advanceTo(m_world.clock.steady() + std::chrono::hours(1));
    m_world.latency = [this] { return Milliseconds(m_chance.between(1, m_swarm.mostDelay.count())); };
    m_world.batching = [this] {
        const bool isSlow = m_world.clock.steady() < m_slowUntil;
        return Milliseconds(isSlow ? m_chance.between(5'000, 40'000) : m_chance.between(0, 3));
    };
    m_world.reachable = [this](Person& person) { return !m_unreachable.contains(&person); };
    m_world.toClient = [this](Person& person, const wire::pb::Packet& packet) {
        return m_hostile.toClient(person, packet);
    };
    const auto arrive = [&](std::size_t relay, int count) {
        for (int i = 0; i < count; ++i) {
            m_people.push_back(&m_world.arrives(beginnings[relay].accounts[static_cast<std::size_t>(i)],
                                                m_world.relay(relay)));
        }
    };
    arrive(0, std::min<int>(m_swarm.people, kMostPeople));
    arrive(1, m_swarm.others);
}

Outcome Simulation::run() {
    try {
        begin();
        planTalk();
        planFaults();
        m_world.pass(m_swarm.span);
        heal();
        finish();
    } catch (const Violation& violation) {
        m_outcome.violation = violation.text;
    } catch (const db::Failure& failure) {
        m_outcome.violation = std::string("the oracle could not read: ") + failure.what();
    }
    m_stopped = true;
    m_outcome.messages = m_ledger.messages();
    m_outcome.placeholders = m_ledger.placeholders();
    m_outcome.repairs = m_ledger.repairs();
    m_outcome.faults[static_cast<std::size_t>(Fault::Frames)] = m_engine ? m_engine->faults() : 0;
    for (std::size_t i = 0; i < kFaults; ++i) {
        m_outcome.faults[i] += m_hostile.count(static_cast<Fault>(i));
    }
    for (Person* person : m_people) {
        m_outcome.storageOperations += person->disk()->operations();
        m_outcome.lostWrites += person->disk()->lostWrites();
        m_outcome.tornWrites += person->disk()->tornWrites();
    }
    for (std::size_t i = 0; i < m_world.relays(); ++i) {
        m_outcome.lostWrites += m_world.relay(i).disk->lostWrites();
        m_outcome.tornWrites += m_world.relay(i).disk->tornWrites();
    }
    return m_outcome;
}

// ---- What happens ----

void Simulation::begin() {
    for (std::size_t i = 0; i < m_world.relays(); ++i) {
        m_world.relay(i).disk->inspect = [this](BytesView bytes) {
            judged([&] { m_ledger.inspect(bytes, "a relay's disk"); });
        };
        m_world.start(m_world.relay(i));
    }
    for (Person* person : m_people) {
        person->disk()->inspect = [this](BytesView bytes) {
            judged([&] { m_ledger.inspect(bytes, "a client's disk"); });
        };
        person->start();
        m_ledger.arrives(*person);
    }
    for (std::size_t a = 0; a < m_people.size(); ++a) {
        for (std::size_t b = a + 1; b < m_people.size(); ++b) {
            if (&m_people[a]->relay() == &m_people[b]->relay()) {
                m_pairs.push_back({m_people[a], m_people[b]});
            }
        }
    }
    for (auto& [one, other, mutual] : m_pairs) {
        mutual = !m_swarm.strangers || m_chance.oneIn(2);
        if (!mutual) {
            one->enter([&, to = other](core::Client& client) {
                static_cast<void>(client.addContact(to->client().contactLink().value()));
            });
        } else {
            one->knows(*other);
        }
    }
}

Milliseconds Simulation::within(Milliseconds time) {
    return Milliseconds(m_chance.between(0, time.count()));
}

void Simulation::plan(Fault fault, const std::function<void()>& act) {
    if (!m_swarm.has(fault)) {
        return;
    }
    const auto times = m_chance.between(1, 2 * m_swarm.intensity);
    for (std::int64_t i = 0; i < times; ++i) {
        m_world.schedule(within(m_swarm.span), [this, fault, act] {
            if (!m_healing) {
                ++m_outcome.faults[static_cast<std::size_t>(fault)];
                log("fault: " + std::string(nameOf(fault)));
                act();
            }
        });
    }
}

void Simulation::planFaults() {
    if (m_swarm.has(Fault::Frames)) {
        breakFrames();
        for (Person* person : m_people) {
            m_world.cut(person->link()); // those that stand already were spared
        }
    }
    const auto relay = [this]() -> RelayNode& {
        return m_world.relay(m_swarm.others > 0 ? m_chance.below(2) : 0);
    };
    plan(Fault::Cut, [this] { m_world.cut(anybody().link()); });
    plan(Fault::HalfOpen, [this] { m_world.silence(anybody().link()); });
    plan(Fault::Unreachable, [this] {
        Person& person = anybody();
        m_unreachable.insert(&person);
        m_world.silence(person.link());
        m_world.schedule(within(std::chrono::seconds(60)), [this, &person] { m_unreachable.erase(&person); });
    });
    plan(Fault::Kill, [this] { kill(anybody(), Death::Kill); });
    plan(Fault::PowerCut, [this] { kill(anybody(), Death::PowerCut); });
    plan(Fault::RelayKill, [=, this] { kill(relay(), Death::Kill); });
    plan(Fault::RelayPowerCut, [=, this] { kill(relay(), Death::PowerCut); });
    plan(Fault::DiskFull, [this] { fillDisk(*anybody().disk(), Fault::DiskFull); });
    plan(Fault::RelayDiskFull, [=, this] { fillDisk(*relay().disk, Fault::RelayDiskFull); });
    plan(Fault::DiskError, [this] { breakDisk(*anybody().disk(), Fault::DiskError); });
    plan(Fault::RelayDiskError, [=, this] { breakDisk(*relay().disk, Fault::RelayDiskError); });
    plan(Fault::ClockJump, [this] {
        const auto year = std::chrono::hours(24 * 365);
        const std::array errors = {Milliseconds(std::chrono::hours(m_chance.between(-48, 48))),
                                   Milliseconds(year * m_chance.between(-10, 10)),
                                   Milliseconds(m_chance.between(-5'000, 5'000))};
        anybody().clock().setError(errors[m_chance.below(errors.size())]);
    });
    plan(Fault::RelayClockJump,
         [=, this] { relay().clock.setError(Milliseconds(m_chance.between(-86'400'000, 86'400'000))); });
    if (m_swarm.has(Fault::Restore) || m_swarm.has(Fault::Clone)) {
        for (int i = 0; i < m_swarm.intensity; ++i) {
            m_world.schedule(within(m_swarm.span), [this] { takeSnapshot(anybody()); });
        }
    }
    plan(Fault::Restore, [this] { restore(anybody()); });
    plan(Fault::Clone, [this] { clone(anybody()); });
    if (m_swarm.has(Fault::RelayRestore)) {
        m_world.schedule(within(m_swarm.span), [this] { takeSnapshot(m_world.relay()); });
    }
    plan(Fault::RelayRestore, [this] { restore(m_world.relay()); });
    plan(Fault::RelaySlow,
         [this] { m_slowUntil = m_world.clock.steady() + Milliseconds(m_chance.between(20'000, 60'000)); });
    plan(Fault::ListChange, [this] { changeList(anybody(), m_chance.oneIn(2)); });
    for (int i = 0; i < m_swarm.intensity; ++i) {
        m_world.schedule(within(m_swarm.span), [this] { m_hostile.begin(); });
        m_world.schedule(within(m_swarm.span), [this] { m_hostile.end(); });
    }
}

// ---- What breaks ----

void Simulation::kill(Person& person, Death death) {
    if (!person.isRunning()) {
        return;
    }
    if (m_chance.oneIn(4)) {
        person.disk()->dieNow(death);
        person.enter([](core::Client&) {});
    } else {
        person.disk()->dieIn(1 + m_chance.below(m_chance.oneIn(2) ? 20 : 120), death);
    }
}

void Simulation::kill(RelayNode& relay, Death death) {
    if (!relay.isRunning()) {
        return;
    }
    if (m_chance.oneIn(4)) {
        relay.disk->dieNow(death);
        m_world.fallIfDead(relay);
    } else {
        relay.disk->dieIn(1 + m_chance.below(m_chance.oneIn(2) ? 10 : 60), death);
    }
}

void Simulation::fell(Person& person) {
    ++m_outcome.crashes;
    log(person.name() + " fell");
    if (person.relay().isRunning()) {
        // What this person had not acknowledged is still there.
        judged([&] { m_ledger.checkStore(person.relay()); });
    }
    m_world.schedule(within(std::chrono::seconds(m_healing ? 1 : 20)), [this, &person] { start(person); });
}

void Simulation::fell(RelayNode& relay) {
    ++m_outcome.crashes;
    log("relay fell");
    m_world.schedule(within(std::chrono::seconds(m_healing ? 1 : 10)), [this, &relay] { start(relay); });
}

void Simulation::start(Person& person) {
    if (person.isRunning() || m_stopped || m_gone.contains(&person)) {
        return;
    }
    if (!person.start()) {
        log(person.name() + " does not start: " + person.refusal());
        m_world.schedule(std::chrono::seconds(1), [this, &person] { start(person); });
        return;
    }
    judged([&] { m_ledger.checkDisk(person); });
}

void Simulation::start(RelayNode& relay) {
    if (relay.isRunning() || m_stopped) {
        return;
    }
    if (!m_world.start(relay)) {
        m_world.schedule(std::chrono::seconds(1), [this, &relay] { start(relay); });
        return;
    }
    judged([&] { m_ledger.checkStore(relay); });
}

void Simulation::fillDisk(test::SimulatedDisk& disk, Fault) {
    disk.setFull(true);
    m_world.schedule(within(std::chrono::seconds(30)), [&disk] { disk.setFull(false); });
}

void Simulation::breakDisk(test::SimulatedDisk& disk, Fault) {
    static constexpr std::array kOperations = {Operation::Read, Operation::Write, Operation::Sync,
                                               Operation::Sync};
    const bool forEver = m_chance.oneIn(3);
    disk.fail(kOperations[m_chance.below(kOperations.size())], forEver);
    if (forEver) {
        m_world.schedule(within(std::chrono::seconds(20)), [&disk] { disk.mend(); });
    }
}

void Simulation::takeSnapshot(Person& person) {
    if (!person.isRunning() || m_gone.contains(&person)) {
        return;
    }
    // A copy of a whole machine is made while everything runs: two lives then go on with the same keys.
    const bool isLive = m_swarm.has(Fault::Clone) && m_chance.oneIn(2);
    if (!isLive) {
        person.disk()->dieNow(Death::Kill);
        person.enter([](core::Client&) {});
    }
    auto& snapshots = m_snapshots[&person];
    if (snapshots.size() < kMostSnapshots) {
        snapshots.push_back({test::World::filesOf(person), m_ledger.viewOf(person),
                             m_logins[&person] + m_loggingIn.count(&person)});
    }
}

void Simulation::restore(Person& person) {
    const auto& snapshots = m_snapshots[&person];
    if (snapshots.empty() || m_gone.contains(&person)) {
        return;
    }
    if (person.isRunning()) {
        person.disk()->dieNow(Death::Kill);
        person.enter([](core::Client&) {});
    }
    const Snapshot& old = snapshots[m_chance.below(snapshots.size())];
    log(person.name() + " goes back to an older copy");
    ++m_outcome.restores;
    test::World::putBack(person, old.files);
    m_alarmDue.erase(&person);
    // The relay has taken a generation that this copy does not know.
    const bool shows =
        m_logins[&person] > old.logins && !m_swarm.has(Fault::Clone) && !m_swarm.has(Fault::RelayRestore);
    if (shows) {
        m_alarmDue.insert(&person);
    }
    m_ledger.personRestored(person, old.view, shows);
}

void Simulation::clone(Person& person) {
    const auto& snapshots = m_snapshots[&person];
    if (snapshots.empty() || m_gone.contains(&person)) {
        return;
    }
    const Snapshot& copied = snapshots[m_chance.below(snapshots.size())];
    Person& copy = m_world.arrives(copied.files, person.relay());
    log(copy.name() + " is a copy");
    ++m_outcome.clones;
    m_ledger.personCloned(person, copy, copied.view);
    copy.start();
    m_world.schedule(within(std::chrono::seconds(40)), [this, &copy] {
        copy.close();
        m_gone.insert(&copy);
    });
}

void Simulation::takeSnapshot(RelayNode& relay) {
    if (relay.isRunning()) {
        relay.disk->dieNow(Death::Kill);
        m_world.fallIfDead(relay);
        m_relaySnapshots[&relay].push_back(relay.disk->copy());
    }
}

void Simulation::restore(RelayNode& relay) {
    if (m_relaySnapshots[&relay].empty()) {
        return;
    }
    if (relay.isRunning()) {
        relay.disk->dieNow(Death::Kill);
        m_world.fallIfDead(relay);
    }
    log("the relay goes back to an older copy");
    ++m_outcome.relayRestores;
    relay.disk->replaceAll(m_relaySnapshots[&relay].back());
    m_ledger.relayRestored(relay);
}

/// From the next links on.
void Simulation::breakFrames() {
    relay::FaultPlan plan;
    plan.seed = m_seed;
    const auto upTo = [this](std::uint32_t most) {
        return relay::Share{m_chance.oneIn(2) ? static_cast<std::uint32_t>(m_chance.below(most)) : 0};
    };
    plan.drop = upTo(50'000);
    plan.duplicate = upTo(100'000);
    plan.cut = upTo(30'000);
    plan.stall = upTo(10'000);
    plan.reorder = static_cast<std::uint32_t>(m_chance.below(6));
    plan.delayMost = Milliseconds(m_chance.below(2'000));
    if (m_chance.oneIn(4)) {
        plan.diskFullFrom = 1 + m_chance.below(20);
        plan.diskFullFor = 1 + m_chance.below(10);
    }
    m_engine.emplace(plan);
    m_world.faults = &*m_engine;
}

/// As a device that is linked or removed will do it: the next list, signed, stored, and published at log-in.
void Simulation::changeList(Person& person, bool onlyOwnDevice) {
    if (!person.isRunning() || m_gone.contains(&person)) {
        return;
    }
    person.close();
    {
        const SimulatedTruce truce(person);
        const test::SimulatedDisk::Running running(person.disk());
        auto profile = core::Profile::open(person.directory(), {}, {test::kSimulatedVfs, 1024});
        if (profile) {
            core::AccountStore accounts(profile->database());
            const AccountId account = profile->identity()->account;
            const auto before = accounts.list(account);
            DeviceList list = before->list();
            ++list.version;
            list.previous = before->hash();
            list.issuedAt = unixMilliseconds(m_world.clock.wall());
            if (list.devices.size() > 1) {
                list.devices.pop_back();
            } else if (!onlyOwnDevice) {
                const DeviceNumber next{static_cast<std::uint32_t>(list.version)};
                list.devices.push_back(
                    crypto::DeviceKeys::generate(m_world.random).entry(account, next, m_world.random));
            }
            const auto verified = verifyDeviceList(profile->identity()->signer->sign(list));
            static_cast<void>(profile->database().transaction(
                [&] { accounts.storeList(*verified, m_world.clock.wall()); }));
        }
    }
    start(person);
}

// ---- The end ----

void Simulation::heal() {
    log("healing");
    m_healing = true;
    m_hostile.end();
    m_unreachable.clear();
    m_world.faults = nullptr;
    m_slowUntil = {};
    m_swarm.mostDelay = Milliseconds(20);
    for (std::size_t i = 0; i < m_world.relays(); ++i) {
        RelayNode& relay = m_world.relay(i);
        relay.disk->mend();
        relay.clock.setError({});
        start(relay);
    }
    for (Person* person : m_people) {
        person->disk()->mend();
        person->clock().setError({});
        start(*person);
        m_world.cut(person->link());
        person->enter([](core::Client& client) { client.start(); });
    }
    const SteadyTime begun = m_world.clock.steady();
    std::string missing;
    std::vector<Person*> unlisted = m_people;
    do {
        const bool isLong = m_world.clock.steady() >= begun + kHealing;
        m_world.pass(isLong ? Milliseconds(std::chrono::minutes(10)) : Milliseconds(std::chrono::seconds(1)));
        std::erase_if(unlisted, [this](Person* person) { return removeGhosts(*person); });
        const auto looked = db::attempt([&] { missing = m_ledger.missing(); });
        missing = looked ? missing : "a database still cannot be read";
        if (!missing.empty()) {
            for (Person* person : m_people) {
                attend(*person);
            }
        }
    } while (!missing.empty() && m_world.clock.steady() < begun + kLongHealing);
    if (!missing.empty()) {
        throw Violation{missing};
    }
}

/// What a user does who reads what the program says.
void Simulation::attend(Person& person) {
    if (!person.isRunning()) {
        return;
    }
    // A copy's end may have stopped whom it was a copy of.
    if (person.client().link().state == core::LinkState::Stopped) {
        person.enter([](core::Client& client) { client.start(); });
    }
    person.enter([](core::Client& client) {
        for (const core::Contact& contact : client.contacts()) {
            static_cast<void>(client.answerHeldResends(contact.key, core::HeldAnswer::Send));
        }
    });
}

/// A device that never came to life must not keep mail waiting. False: the database cannot be read yet.
bool Simulation::removeGhosts(Person& person) {
    if (!person.isRunning()) {
        return false;
    }
    std::optional<VerifiedDeviceList> list;
    const auto looked = db::attempt([&] {
        const SimulatedTruce truce(person);
        list = core::AccountStore(person.profile().database()).list(person.address().account);
    });
    if (looked && list && list->list().devices.size() > 1) {
        changeList(person, true);
    }
    return looked.has_value();
}

void Simulation::finish() {
    if (m_swarm.changes) {
        letTimesEnd();
    }
    log("the last power cut");
    for (std::size_t i = 0; i < m_world.relays(); ++i) {
        kill(m_world.relay(i), Death::PowerCut);
        m_world.relay(i).disk->dieNow(Death::PowerCut);
        m_world.fallIfDead(m_world.relay(i));
    }
    for (Person* person : m_people) {
        person->disk()->dieNow(Death::PowerCut);
        person->enter([](core::Client&) {});
    }
    m_world.pass(std::chrono::seconds(5));
    for (Person* person : m_people) {
        const SimulatedTruce truce(*person);
        if (const auto faults = person->profile().database().check(); !faults.empty()) {
            throw Violation{person->name() + "'s database is damaged: " + faults.front()};
        }
        if (m_alarmDue.contains(person) && person->client().alarms().empty()) {
            throw Violation{person->name() + " runs on an older copy and nobody was told"};
        }
    }
    m_ledger.checkHistories();
}

} // namespace sotto::simulation
