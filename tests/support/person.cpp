// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/person.h"

#include "tests/support/world.h"

#include "core/wire/packet.h"

#include <stdexcept>

namespace sotto::test {
namespace {

constexpr int kSmallCache = 1024; // KiB

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

Person::Person(World& world, RelayNode& relay, std::string name)
    : m_world(world)
    , m_relay(relay)
    , m_name(std::move(name))
    , m_directory(world.m_directory.filePath(QString::fromStdString(m_name)).toStdString())
    , m_clock(world.clock) {
    static_cast<void>(must(core::Profile::create(m_directory, {}, world.random)));
    start();
}

Person::Person(World& world, RelayNode& relay, std::string name, std::filesystem::path directory,
               const SimulatedDisk::Files& files)
    : m_world(world)
    , m_relay(relay)
    , m_name(std::move(name))
    , m_directory(std::move(directory))
    , m_clock(world.clock)
    , m_disk(std::make_unique<SimulatedDisk>(*world.m_chance))
    , m_mount(std::make_unique<SimulatedMount>(m_directory, *m_disk)) {
    m_disk->replaceAll(files);
}

Person::~Person() {
    m_client.reset();
}

bool Person::start() {
    if (m_client) {
        return true;
    }
    {
        const SimulatedDisk::Running running(m_disk.get());
        auto opened = m_disk ? core::Profile::open(m_directory, {}, {kSimulatedVfs, kSmallCache})
                             : core::Profile::open(m_directory, {});
        if (!opened && !m_disk) {
            throw std::runtime_error(opened.error().text);
        }
        m_refusal = opened ? std::string() : opened.error().text;
        if (opened) {
            m_profile = std::make_unique<core::Profile>(std::move(*opened));
            m_address = m_profile->identity() ? address() : DeviceAddress();
            m_client = std::make_unique<core::Client>(*m_profile, *this, *this, m_world.random, m_clock);
        }
    }
    fallIfDead();
    enter([](core::Client& client) { client.start(); });
    return isRunning();
}

void Person::close() {
    const auto link = std::exchange(m_link, relay::ConnectionId{});
    m_wake.reset();
    {
        const SimulatedDisk::Running running(m_disk.get());
        m_client.reset();
        m_profile.reset();
    }
    if (link != relay::ConnectionId{}) {
        m_world.closedAtClient(link);
    }
}

void Person::fall(bool told) {
    if (!told && m_link != relay::ConnectionId{}) {
        m_world.silence(m_link);
    }
    close();
    m_disk->restart();
    m_world.m_watcher->fell(*this);
}

void Person::fallIfDead() {
    if (m_disk && m_disk->isDead()) {
        fall(m_disk->death() == SimulatedDisk::Death::Kill);
    }
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
    close();
    act(m_directory);
    start();
}

// What a computer still does after its disk has stopped never happened.

void Person::connect(const wire::RelayAddress&) {
    if (!m_disk || !m_disk->isDead()) {
        m_link = m_world.open(*this);
    }
}

void Person::send(Bytes packet) {
    if (!m_disk || !m_disk->isDead()) {
        m_world.carryToRelay(m_link, std::move(packet));
    }
}

void Person::disconnect() {
    m_world.closedAtClient(std::exchange(m_link, relay::ConnectionId{}));
}

void Person::wakeAt(SteadyTime time) {
    m_wake = time;
}

void Person::onEvent(const core::Event& event) {
    if (m_disk && m_disk->isDead()) {
        return;
    }
    m_world.m_watcher != nullptr ? m_world.m_watcher->happened(*this, event) : m_events.push_back(event);
}

} // namespace sotto::test
