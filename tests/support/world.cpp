// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/world.h"

#include "core/wire/packet.h"

#include <QDir>
#include <QFileInfo>

#include <stdexcept>

namespace sotto::test {
namespace {

constexpr Milliseconds kLatency{5};
constexpr Milliseconds kTick{1'000};

template <class T>
T must(core::Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().text);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

} // namespace

// ---- Person ----

Person::Person(World& world, std::string name)
    : m_world(world)
    , m_name(std::move(name))
    , m_directory(world.m_directory.filePath(QString::fromStdString(m_name)).toStdString()) {
    static_cast<void>(must(core::Profile::create(m_directory, {}, world.random)));
    open();
}

Person::~Person() {
    m_client.reset();
}

void Person::open() {
    m_profile = std::make_unique<core::Profile>(must(core::Profile::open(m_directory, {})));
    m_client = std::make_unique<core::Client>(*m_profile, *this, *this, m_world.random, m_world.clock);
    m_client->start();
}

void Person::knows(Person& other) {
    must(m_client->addContact(must(other.m_client->contactLink())));
    must(other.m_client->addContact(must(m_client->contactLink())));
}

core::Contact Person::contact(const std::string& name) const {
    return must(m_client->findContact(name));
}

core::Message Person::says(Person& to, const std::string& text) {
    return says(to.name(), text);
}

core::Message Person::says(const std::string& contactName, const std::string& text) {
    return must(m_client->sendText(must(m_client->conversationWith(contact(contactName).key)), text));
}

std::vector<core::Message> Person::history(const std::string& name) const {
    const auto conversation = must(m_client->conversationWith(contact(name).key));
    return must(m_client->history(conversation, {}, core::PageDirection::Older, 100'000)).messages;
}

Lines Person::texts() const {
    Lines lines;
    for (const auto& conversation : m_client->conversations()) {
        for (const auto& message :
             must(m_client->history(conversation.key, {}, core::PageDirection::Older, 100'000)).messages) {
            if (message.kind == core::MessageKind::Text) {
                lines.push_back(message.text);
            }
        }
    }
    return lines;
}

Lines Person::textsFrom(const std::string& name) const {
    Lines lines;
    for (const auto& message : history(name)) {
        if (message.kind == core::MessageKind::Text && !message.outgoing) {
            lines.push_back(message.text);
        }
    }
    return lines;
}

core::MessageState Person::stateOf(const core::Message& message) const {
    return must(m_client->message(message.id)).state;
}

void Person::goOffline() {
    m_wanted = false;
    if (m_link != relay::ConnectionId{}) {
        m_world.cut(m_link);
    }
}

void Person::goOnline() {
    m_wanted = true;
    m_client->onNetworkChanged();
}

void Person::crash() {
    whileClosed([](const auto&) {});
}

void Person::whileClosed(const std::function<void(const std::filesystem::path&)>& act) {
    const auto link = std::exchange(m_link, relay::ConnectionId{});
    m_wake.reset();
    m_client.reset();
    m_profile.reset();
    if (link != relay::ConnectionId{}) {
        m_world.m_links.erase(link);
        m_world.schedule(kLatency, [this, link] {
            if (m_world.m_relay) {
                m_world.m_relay->closed(link);
                m_world.settleRelay();
            }
        });
    }
    act(m_directory);
    open();
}

void Person::connect(const wire::RelayAddress&) {
    const auto link = relay::ConnectionId{++m_world.m_lastLink};
    m_link = link;
    m_world.schedule(kLatency, [this, link] {
        if (m_link != link) {
            return;
        }
        if (!m_wanted || !m_world.m_relay) {
            m_link = {};
            m_client->onDisconnected("no relay there");
            return;
        }
        m_world.m_links[link] = this;
        m_client->onConnected(Digest{m_world.m_options.relay.value});
        m_world.m_relay->opened(link, {m_name, true});
        m_world.settleRelay();
    });
}

void Person::send(Bytes packet) {
    const auto link = m_link;
    std::vector<Bytes> travelling;
    if (m_world.toRelay) {
        for (const auto& altered :
             m_world.toRelay(*this, *wire::decodePacket(packet, wire::Direction::ToRelay))) {
            travelling.push_back(wire::encodePacket(altered));
        }
    } else {
        travelling.push_back(std::move(packet));
    }
    for (Bytes& bytes : travelling) {
        m_world.schedule(kLatency, [this, link, bytes = std::move(bytes)] {
            if (m_world.m_relay && m_world.m_links.contains(link)) {
                m_world.m_relay->received(link, bytes);
                m_world.settleRelay();
            }
        });
    }
}

void Person::disconnect() {
    const auto link = std::exchange(m_link, relay::ConnectionId{});
    m_world.schedule(kLatency, [this, link] {
        if (m_world.m_links.erase(link) != 0 && m_world.m_relay) {
            m_world.m_relay->closed(link);
            m_world.settleRelay();
        }
    });
}

void Person::wakeAt(SteadyTime time) {
    m_wake = time;
}

// ---- World ----

World::World(relay::Limits limits, std::uint64_t seed)
    : random(seed) {
    initialiseSodium();
    m_options.relay = random.next<RelayId>();
    m_options.limits = limits;
    m_nextTick = clock.steady() + kTick;
    startRelay();
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

void World::startRelay() {
    std::filesystem::create_directories(relayDirectory());
    auto store = relay::SqliteStore::open(relayDirectory() / "relay.db", m_options.limits, random);
    if (!store) {
        throw std::runtime_error("the relay's store does not open");
    }
    m_store = std::move(*store);
    m_relay = std::make_unique<relay::Relay>(clock, random, m_options);
}

void World::stopRelay() {
    m_relay.reset();
    m_store.reset();
    const auto links = std::exchange(m_links, {});
    for (const auto& [link, person] : links) {
        if (person->m_link == link) {
            person->m_link = {};
            person->m_client->onDisconnected("the relay is gone");
        }
    }
}

void World::crashRelay() {
    stopRelay();
    startRelay();
}

wire::JoinLink World::joinLink() {
    const auto invite = m_store->makeInvite(random, clock.wall() + std::chrono::hours(24));
    return {{"127.0.0.1", 4433, m_options.relay, false}, *invite};
}

Person& World::visitor(const std::string& name) {
    auto& person = m_people[name];
    if (!person) {
        person = std::make_unique<Person>(*this, name);
    }
    return *person;
}

Person& World::person(const std::string& name) {
    Person& person = visitor(name);
    if (!person.m_profile->identity()) {
        static_cast<void>(must(person.m_client->createAccount(name, joinLink())));
        person.m_client->start();
        if (!until([&] {
                return !person.saw<core::AccountRegistered>().empty() &&
                       person.m_client->status().link == core::LinkState::Drained;
            })) {
            throw std::runtime_error(name + " did not come online: " + person.m_client->status().linkReason);
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

void World::schedule(Milliseconds delay, std::function<void()> act) {
    m_events.emplace(clock.steady() + delay, std::move(act));
}

void World::cut(relay::ConnectionId link) {
    const auto found = m_links.find(link);
    Person* person = found == m_links.end() ? nullptr : found->second;
    if (person == nullptr) {
        return;
    }
    m_links.erase(found);
    if (m_relay) {
        m_relay->closed(link);
        settleRelay();
    }
    if (person->m_link == link) {
        person->m_link = {};
        person->m_client->onDisconnected("the link was cut");
    }
}

/// Carries out what the relay wants, as its gateway and storage thread do.
void World::settleRelay() {
    for (;;) {
        relay::Effects effects = m_relay->takeEffects();
        if (effects.jobs.empty() && effects.awake.empty()) {
            return;
        }
        if (!effects.jobs.empty()) {
            const auto executed = m_store->execute(effects.jobs, clock.wall());
            m_relay->completed(std::move(effects.jobs),
                               executed ? std::nullopt : std::optional(executed.error()));
        }
        for (const relay::ConnectionId id : effects.awake) {
            const auto link = m_links.find(id);
            while (m_relay->hasPacket(id)) {
                Bytes packet = m_relay->takePacket(id);
                if (link != m_links.end()) {
                    deliver(*link->second, id, std::move(packet));
                }
            }
            if (m_relay->isClosing(id) && link != m_links.end()) {
                schedule(kLatency, [this, id] { cut(id); });
            }
        }
    }
}

void World::deliver(Person& person, relay::ConnectionId link, Bytes packet) {
    std::vector<Bytes> travelling;
    if (toClient) {
        for (const auto& altered : toClient(person, *wire::decodePacket(packet, wire::Direction::ToClient))) {
            travelling.push_back(wire::encodePacket(altered));
        }
    } else {
        travelling.push_back(std::move(packet));
    }
    for (Bytes& bytes : travelling) {
        schedule(kLatency, [&person, link, bytes = std::move(bytes)] {
            if (person.m_link == link) {
                person.enter([&](core::Client& client) { client.onPacket(bytes); });
            }
        });
    }
}

/// The next thing that happens, whatever it is; false when nothing does before the limit.
bool World::step(SteadyTime limit) {
    SteadyTime due = m_nextTick;
    Person* waking = nullptr;
    for (const auto& [name, person] : m_people) {
        if (person->m_wake && *person->m_wake < due) {
            due = *person->m_wake;
            waking = person.get();
        }
    }
    const bool event = !m_events.empty() && m_events.begin()->first <= due;
    due = event ? m_events.begin()->first : due;
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
        m_nextTick = clock.steady() + kTick;
        if (m_relay) {
            m_relay->tick();
            settleRelay();
        }
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
