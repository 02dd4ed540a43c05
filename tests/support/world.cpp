// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/world.h"

#include "core/wire/packet.h"

#include <QDir>
#include <QFileInfo>

#include <fstream>
#include <stdexcept>

namespace sotto::test {
namespace {

constexpr Milliseconds kLatency{5};
constexpr Milliseconds kTick{1'000};
constexpr const char* kRelayFile = "relay.db";
constexpr const char* kHistoryFile = "history.db";

Bytes contentsOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void makeFile(const std::filesystem::path& path, BytesView contents) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
}

} // namespace

World::World(relay::Limits limits, std::uint64_t seed)
    : random(seed) {
    initialiseSodium();
    m_relays.push_back(std::make_unique<RelayNode>(clock, m_directory.filePath("relay").toStdString()));
    RelayNode& only = relay();
    only.options.relay = random.next<RelayId>();
    only.options.limits = limits;
    only.nextTick = clock.steady() + kTick;
    start(only);
}

World::World(const std::vector<Beginning>& beginnings, std::uint64_t seed, Chance& chance, Watcher& watcher)
    : random(seed)
    , m_chance(&chance)
    , m_watcher(&watcher) {
    initialiseSodium();
    for (const Beginning& beginning : beginnings) {
        const QString place = m_directory.filePath("relay" + QString::number(m_relays.size()));
        auto node = std::make_unique<RelayNode>(clock, place.toStdString());
        node->options.relay = beginning.relay;
        node->disk = std::make_unique<SimulatedDisk>(chance);
        node->disk->replaceAll(beginning.disk);
        node->mount = std::make_unique<SimulatedMount>(node->directory, *node->disk);
        node->nextTick = clock.steady() + kTick;
        m_relays.push_back(std::move(node));
    }
}

/// Memory where there is some: a story is about order and identity, and waits for no disk.
QString World::directoryTemplate() {
    const QString memory = QStringLiteral("/dev/shm");
    const bool usable = QFileInfo(memory).isWritable() && qEnvironmentVariableIsEmpty("SOTTO_WORLD_ON_DISK");
    return (usable ? memory : QDir::tempPath()) + QStringLiteral("/sotto-world-XXXXXX");
}

World::~World() {
    m_people.clear();
}

Beginning World::end() {
    Beginning beginning;
    beginning.relay = relay().options.relay;
    for (auto& [name, person] : m_people) {
        person->close();
        beginning.accounts.push_back(filesOf(*person));
    }
    relay().relay.reset();
    relay().store.reset();
    beginning.disk.emplace(kRelayFile, contentsOf(relay().directory / kRelayFile));
    return beginning;
}

Beginning::Account World::filesOf(Person& person) {
    Beginning::Account account{person.name(), {}, {}};
    if (person.disk() != nullptr) {
        account.disk = person.disk()->copy();
    }
    for (const auto& entry : std::filesystem::directory_iterator(person.directory())) {
        const std::string file = entry.path().filename().string();
        (file == kHistoryFile ? account.disk : account.small).emplace(file, contentsOf(entry.path()));
    }
    return account;
}

void World::putBack(Person& person, const Beginning::Account& files) {
    for (const auto& entry : std::filesystem::directory_iterator(person.directory())) {
        std::filesystem::remove(entry.path());
    }
    for (const auto& [file, contents] : files.small) {
        makeFile(person.directory() / file, contents);
    }
    person.disk()->replaceAll(files.disk);
}

Person& World::arrives(const Beginning::Account& account, RelayNode& relay) {
    std::string name = account.name;
    while (m_people.contains(name)) {
        name += "'";
    }
    const std::filesystem::path directory = m_directory.filePath(QString::fromStdString(name)).toStdString();
    std::filesystem::create_directory(directory);
    for (const auto& [file, contents] : account.small) {
        makeFile(directory / file, contents);
    }
    auto& person = m_people[name];
    person = std::make_unique<Person>(*this, relay, name, directory, account.disk);
    return *person;
}

bool World::start(RelayNode& relay) {
    if (relay.isRunning()) {
        return true;
    }
    {
        const SimulatedDisk::Running running(relay.disk.get());
        if (!relay.disk) {
            std::filesystem::create_directories(relay.directory);
        }
        auto store = relay::SqliteStore::open(relay.directory / kRelayFile, relay.options.limits, random,
                                              relay.disk ? kSimulatedVfs : std::string());
        if (!store && !relay.disk) {
            throw std::runtime_error("the relay's store does not open");
        }
        if (store) {
            relay.store = std::move(*store);
            relay.relay = std::make_unique<relay::Relay>(relay.clock, random, relay.options);
        }
    }
    fallIfDead(relay);
    return relay.isRunning();
}

void World::stop(RelayNode& relay) {
    {
        const SimulatedDisk::Running running(relay.disk.get());
        relay.relay.reset();
        relay.store.reset();
        relay.jobs.clear();
    }
    const bool silent =
        relay.disk && relay.disk->isDead() && relay.disk->death() == SimulatedDisk::Death::PowerCut;
    std::vector<relay::ConnectionId> links;
    for (const auto& [id, link] : m_links) {
        if (link.relay == &relay) {
            links.push_back(id);
        }
    }
    for (const auto id : links) {
        m_links[id].atRelay = false;
        if (silent) {
            silence(id);
        } else {
            cut(id);
        }
    }
}

void World::fallIfDead(RelayNode& relay) {
    if (relay.disk && relay.disk->isDead()) {
        stop(relay);
        relay.disk->restart();
        m_watcher->fell(relay);
    }
}

void World::crashRelay() {
    stopRelay();
    startRelay();
}

wire::JoinLink World::joinLink() {
    const auto invite = relay().store->makeInvite(random, clock.wall() + std::chrono::hours(24));
    return {{"127.0.0.1", 4433, relay().options.relay, false}, *invite};
}

Person& World::visitor(const std::string& name) {
    auto& person = m_people[name];
    if (!person) {
        person = std::make_unique<Person>(*this, relay(), name);
    }
    return *person;
}

Person& World::person(const std::string& name) {
    Person& person = visitor(name);
    if (!person.m_profile->identity()) {
        const auto made = person.m_client->createAccount(name, joinLink());
        if (!made) {
            throw std::runtime_error(made.error().text);
        }
        person.m_client->start();
        if (!until([&] {
                return !person.saw<core::AccountRegistered>().empty() &&
                       person.m_client->link().state == core::LinkState::Drained;
            })) {
            throw std::runtime_error(name + " did not come online: " + person.m_client->link().reason);
        }
    }
    return person;
}

void World::inject(Person& person, const std::vector<wire::pb::Row>& rows) {
    if (person.m_link == relay::ConnectionId{}) {
        throw std::runtime_error("nothing can be delivered to " + person.m_name + ": there is no link");
    }
    wire::pb::Frame frame;
    for (const wire::pb::Row& row : rows) {
        *frame.mutable_deliver()->add_rows() = row;
    }
    person.enter([&](core::Client& client) { client.onPacket(wire::encodeFrame(frame)); });
}

// ---- Links ----

relay::ConnectionId World::open(Person& person) {
    const auto id = relay::ConnectionId{++m_lastLink};
    Link& made = m_links[id];
    made.person = &person;
    made.relay = &person.m_relay;
    made.faulty = faults != nullptr ? std::make_unique<relay::FaultyLink>(*faults) : nullptr;
    scheduleAt(arrival(made.lastUp), [this, id] {
        const auto link = m_links.find(id);
        if (link == m_links.end() || !link->second.atClient || link->second.silent) {
            return;
        }
        Person& caller = *link->second.person;
        RelayNode& called = *link->second.relay;
        if (reachable && !reachable(caller)) {
            silence(id); // nobody answers, nobody refuses
            return;
        }
        if (!caller.m_wanted || !called.isRunning()) {
            cut(id);
            return;
        }
        link->second.atRelay = true;
        caller.enter([&](core::Client& client) { client.onConnected(Digest{called.options.relay.value}); });
        if (called.isRunning()) {
            called.relay->opened(id, {caller.m_name, true});
            settle(called);
        }
    });
    return id;
}

/// Packets of one link and direction never overtake one another.
SteadyTime World::arrival(SteadyTime& last) {
    last = std::max(last + std::chrono::microseconds(1), clock.steady() + (latency ? latency() : kLatency));
    return last;
}

void World::carryToRelay(relay::ConnectionId id, Bytes packet) {
    auto link = m_links.find(id);
    if (link == m_links.end() || link->second.silent) {
        return;
    }
    Person& person = *link->second.person;
    if (m_watcher != nullptr) {
        m_watcher->sentByClient(person, packet);
    }
    std::vector<Bytes> travelling;
    if (toRelay) {
        for (const auto& altered : toRelay(person, *wire::decodePacket(packet, wire::Direction::ToRelay))) {
            travelling.push_back(wire::encodePacket(altered));
        }
    } else {
        travelling.push_back(std::move(packet));
    }
    link = m_links.find(id); // a script may have cut it
    if (link == m_links.end()) {
        return;
    }
    if (!link->second.faulty) {
        for (Bytes& bytes : travelling) {
            travelUp(id, std::move(bytes));
        }
        return;
    }
    const DeviceAddress device = person.address();
    for (Bytes& bytes : travelling) {
        link->second.faulty->put(relay::Way::ToRelay, std::move(bytes), &device, clock.steady());
    }
    pump(id);
}

void World::travelUp(relay::ConnectionId id, Bytes packet) {
    scheduleAt(arrival(m_links.at(id).lastUp), [this, id, bytes = std::move(packet)] {
        const auto found = m_links.find(id);
        if (found != m_links.end() && found->second.atRelay && !found->second.silent) {
            RelayNode& to = *found->second.relay;
            to.relay->received(id, bytes);
            settle(to);
        }
    });
}

void World::travelDown(relay::ConnectionId id, Bytes packet) {
    Link& link = m_links.at(id);
    scheduleAt(arrival(link.lastDown), [this, id, &person = *link.person, bytes = std::move(packet)] {
        const auto found = m_links.find(id);
        if (found != m_links.end() && !found->second.silent && person.m_link == id) {
            person.enter([&](core::Client& client) { client.onPacket(bytes); });
        }
    });
}

/// What a faulty link lets through by now travels on; it is asked again when more is due.
void World::pump(relay::ConnectionId id) {
    const auto found = m_links.find(id);
    if (found == m_links.end() || found->second.silent || !found->second.faulty) {
        return;
    }
    relay::FaultyLink& faulty = *found->second.faulty;
    if (found->second.pumpAt && *found->second.pumpAt <= clock.steady()) {
        found->second.pumpAt.reset();
    }
    while (auto packet = faulty.take(relay::Way::ToRelay, clock.steady())) {
        travelUp(id, std::move(*packet));
    }
    while (auto packet = faulty.take(relay::Way::ToDevice, clock.steady())) {
        travelDown(id, std::move(*packet));
    }
    if (faulty.isStalled()) {
        silence(id);
    } else if (faulty.isCut()) {
        schedule(Milliseconds(0), [this, id] { cut(id); }); // not while its end is being called
    } else {
        for (const relay::Way way : {relay::Way::ToRelay, relay::Way::ToDevice}) {
            // Only what comes before the next look: looks that each ask for two more never end.
            const auto due = faulty.due(way);
            if (due && (!found->second.pumpAt || *due < *found->second.pumpAt)) {
                found->second.pumpAt = due;
                scheduleAt(*due, [this, id] { pump(id); });
            }
        }
    }
}

void World::deliver(relay::ConnectionId id, Bytes packet) {
    auto link = m_links.find(id);
    if (link == m_links.end() || link->second.silent || !link->second.atClient) {
        return;
    }
    Person& person = *link->second.person;
    if (m_watcher != nullptr) {
        m_watcher->sentByRelay(person, packet);
    }
    std::vector<Bytes> travelling;
    if (toClient) {
        for (const auto& altered : toClient(person, *wire::decodePacket(packet, wire::Direction::ToClient))) {
            travelling.push_back(wire::encodePacket(altered));
        }
    } else {
        travelling.push_back(std::move(packet));
    }
    link = m_links.find(id); // a script may have cut it
    if (link == m_links.end()) {
        return;
    }
    if (!link->second.faulty) {
        for (Bytes& bytes : travelling) {
            travelDown(id, std::move(bytes));
        }
        return;
    }
    const DeviceAddress device = person.address();
    for (Bytes& bytes : travelling) {
        link->second.faulty->put(relay::Way::ToDevice, std::move(bytes), &device, clock.steady());
    }
    pump(id);
}

void World::closedAtClient(relay::ConnectionId id) {
    const auto link = m_links.find(id);
    if (link == m_links.end()) {
        return;
    }
    link->second.atClient = false;
    if (!link->second.silent) {
        scheduleAt(arrival(link->second.lastUp), [this, id] { closeAtRelay(id); });
    }
    forgetIfGone(id);
}

void World::closeAtRelay(relay::ConnectionId id) {
    const auto link = m_links.find(id);
    if (link == m_links.end()) {
        return;
    }
    RelayNode& node = *link->second.relay;
    const bool believed = std::exchange(link->second.atRelay, false);
    forgetIfGone(id);
    if (believed && node.isRunning()) {
        node.relay->closed(id);
        settle(node);
    }
}

void World::forgetIfGone(relay::ConnectionId id) {
    const auto link = m_links.find(id);
    if (link != m_links.end() && !link->second.atClient && !link->second.atRelay) {
        m_links.erase(link);
    }
}

void World::silence(relay::ConnectionId id) {
    if (const auto link = m_links.find(id); link != m_links.end()) {
        link->second.silent = true;
    }
}

void World::cut(relay::ConnectionId id, bool tellClient, bool tellRelay) {
    const auto link = m_links.find(id);
    if (link == m_links.end()) {
        return;
    }
    Person& person = *link->second.person;
    link->second.silent = true;
    if (tellRelay) {
        closeAtRelay(id);
    }
    if (tellClient && person.m_link == id) {
        person.m_link = {};
        if (const auto left = m_links.find(id); left != m_links.end()) {
            left->second.atClient = false;
            forgetIfGone(id);
        }
        person.enter([](core::Client& client) { client.onDisconnected("the link was cut"); });
    }
}

// ---- The relay's gateway and storage thread ----

void World::settle(RelayNode& node) {
    while (node.isRunning()) {
        relay::Effects effects = node.relay->takeEffects();
        if (effects.jobs.empty() && effects.awake.empty() && effects.ping.empty()) {
            return;
        }
        if (!effects.jobs.empty()) {
            const bool gathering = !node.jobs.empty();
            std::move(effects.jobs.begin(), effects.jobs.end(), std::back_inserter(node.jobs));
            if (!batching) {
                execute(node);
            } else if (!gathering) {
                schedule(batching(), [this, &node] {
                    execute(node);
                    settle(node);
                });
            }
            if (!node.isRunning()) {
                return;
            }
        }
        for (const relay::ConnectionId id : effects.awake) {
            while (node.relay->hasPacket(id)) {
                deliver(id, node.relay->takePacket(id));
            }
            if (node.relay->isClosing(id) && m_links.contains(id)) {
                schedule(kLatency, [this, id] { cut(id); });
            }
        }
        for (const relay::ConnectionId id : effects.ping) {
            schedule(2 * kLatency, [this, id, &node] {
                const auto link = m_links.find(id);
                if (link != m_links.end() && link->second.atClient && !link->second.silent &&
                    node.isRunning()) {
                    node.relay->heard(id);
                }
            });
        }
    }
}

void World::execute(RelayNode& node) {
    if (!node.isRunning() || node.jobs.empty()) {
        return;
    }
    std::vector<relay::Job> jobs = std::exchange(node.jobs, {});
    Expected<void, relay::StoreError> executed;
    {
        const SimulatedDisk::Running running(node.disk.get());
        executed = node.store->execute(jobs, node.clock.wall());
    }
    const bool dead = node.disk && node.disk->isDead();
    if (m_watcher != nullptr) {
        m_watcher->executed(node, jobs, executed && !dead);
    }
    if (dead) {
        fallIfDead(node);
        return;
    }
    node.relay->completed(std::move(jobs), executed ? std::nullopt : std::optional(executed.error()));
}

// ---- Time ----

void World::schedule(Milliseconds delay, std::function<void()> act) {
    scheduleAt(clock.steady() + delay, std::move(act));
}

void World::scheduleAt(SteadyTime time, std::function<void()> act) {
    m_events.emplace(std::tuple(time, m_chance != nullptr ? m_chance->next() : 0, ++m_lastEvent),
                     std::move(act));
}

/// The next thing that happens, whatever it is; false when nothing does before the limit.
bool World::step(SteadyTime limit) {
    RelayNode* ticking = nullptr;
    SteadyTime due = SteadyTime::max();
    for (const auto& node : m_relays) {
        if (node->nextTick < due) {
            due = node->nextTick;
            ticking = node.get();
        }
    }
    Person* waking = nullptr;
    for (const auto& [name, person] : m_people) {
        if (person->m_wake && *person->m_wake < due) {
            due = *person->m_wake;
            waking = person.get();
        }
    }
    const bool event = !m_events.empty() && std::get<0>(m_events.begin()->first) <= due;
    due = event ? std::get<0>(m_events.begin()->first) : due;
    if (due > limit) {
        clock.advanceTo(limit);
        return false;
    }
    clock.advanceTo(due);
    if (event) {
        const auto act = std::move(m_events.begin()->second);
        m_events.erase(m_events.begin());
        act();
    } else if (waking != nullptr) {
        waking->m_wake.reset();
        waking->enter([](core::Client& client) { client.onTimer(); });
    } else {
        ticking->nextTick = clock.steady() + kTick;
        if (ticking->isRunning()) {
            ticking->relay->tick();
            settle(*ticking);
        }
    }
    if (m_watcher != nullptr) {
        m_watcher->stepped();
    }
    return true;
}

bool World::until(const std::function<bool()>& condition, Milliseconds limit) {
    const SteadyTime end = clock.steady() + limit;
    while (!condition()) {
        if (!step(end)) {
            return condition();
        }
    }
    return true;
}

void World::pass(Milliseconds time) {
    const SteadyTime end = clock.steady() + time;
    while (step(end)) {
    }
}

} // namespace sotto::test
