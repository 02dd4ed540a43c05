// SPDX-License-Identifier: GPL-3.0-or-later
// What a simulation sees of its world: for the ledger, for the trace, and for whoever reads along.
#include "core/base/hash.h"
#include "core/wire/packet.h"
#include "tests/simulation/simulation.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace sotto::simulation {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9FB21C651E98DF25ULL;
    return hash ^ (hash >> 32U);
}

} // namespace

/// Nothing may throw through a client or SQLite: what is found ends the run after the present step.
void Simulation::judged(const std::function<void()>& act) {
    if (m_stopped || !m_outcome.violation.empty()) {
        return;
    }
    try {
        act();
    } catch (const Violation& violation) {
        m_outcome.violation = violation.text;
    } catch (const db::Failure& failure) {
        m_outcome.violation = std::string("the oracle could not read: ") + failure.what();
    }
}

void Simulation::stepped() {
    if (!m_outcome.violation.empty()) {
        throw Violation{m_outcome.violation};
    }
}

void Simulation::sentByClient(Person& person, BytesView packet) {
    note(packet);
    if (m_verbose) {
        logFrames(person.name() + " >", *wire::decodePacket(packet, wire::Direction::ToRelay));
    }
    const auto decoded = wire::decodePacket(packet, wire::Direction::ToRelay);
    for (const wire::pb::Frame& frame : decoded->frames()) {
        if (frame.has_hello()) {
            m_loggingIn.insert(&person);
        }
    }
    judged([&] {
        m_ledger.inspect(packet, "a link");
        m_ledger.sentByClient(person, *decoded);
    });
}

void Simulation::sentByRelay(Person& person, BytesView packet) {
    note(packet);
    if (m_verbose) {
        logFrames(person.name() + " <", *wire::decodePacket(packet, wire::Direction::ToClient));
    }
    const auto decoded = wire::decodePacket(packet, wire::Direction::ToClient);
    for (const wire::pb::Frame& frame : decoded->frames()) {
        if (frame.has_notice()) {
            m_outcome.pressures += frame.notice().pressure() == 1 ? 1U : 0U;
            m_outcome.lateReceipts += frame.notice().pressure() == 2 ? 1U : 0U;
        }
    }
    judged([&] { m_ledger.inspect(packet, "a link"); });
}

void Simulation::executed(RelayNode& relay, std::span<relay::Job> jobs, bool known) {
    note(jobs.size());
    for (const relay::Job& job : jobs) {
        if (const auto* logIn = std::get_if<relay::LogIn>(&job.command);

            logIn != nullptr && logIn->listed && known &&
            std::find(logIn->disagreements.begin(), logIn->disagreements.end(),
                      relay::Agreement::GENERATION_UNKNOWN) == logIn->disagreements.end()) {
            for (Person* person : m_people) {
                if (person->address() == logIn->address) {
                    ++m_logins[person];
                    m_loggingIn.erase(person);
                }
            }
        }
    }
    judged([&] { m_ledger.executed(relay, jobs, known); });
}

void Simulation::happened(Person& person, const core::Event& event) {
    note(event.index());
    if (m_verbose) {
        if (const auto* link = std::get_if<core::LinkChanged>(&event)) {
            log(person.name() + " link " + std::to_string(static_cast<int>(link->state)) + " " +
                link->reason);
        } else if (const auto* alarm = std::get_if<core::Alarm>(&event)) {
            log(person.name() + " alarm " + alarm->text);
        } else if (const auto* added = std::get_if<core::MessageAdded>(&event)) {
            log(person.name() + " line " + std::to_string(static_cast<std::int64_t>(added->message.key)) +
                ": " + std::to_string(static_cast<int>(added->message.kind)) + " " +
                std::to_string(static_cast<int>(added->message.cause)) + " " +
                added->message.text.substr(0, 24));
        } else if (const auto* removed = std::get_if<core::MessageRemoved>(&event)) {
            log(person.name() + " line " + std::to_string(static_cast<std::int64_t>(removed->key)) + " gone");
        } else if (const auto* changed = std::get_if<core::MessageChanged>(&event)) {
            log(person.name() + " line now " + std::to_string(static_cast<int>(changed->message.state)) +
                " " + changed->message.text.substr(0, 24));
        }
    }
    judged([&] { m_ledger.happened(person, event); });
}

void Simulation::note(std::uint64_t value) {
    m_outcome.trace = mix(m_outcome.trace, value);
}

void Simulation::note(BytesView bytes) {
    note(static_cast<std::uint64_t>(m_world.clock.steady().time_since_epoch().count()));
    note(bytes.size());
    std::uint64_t word = 0;
    std::size_t i = 0;
    for (; i + sizeof word <= bytes.size(); i += sizeof word) {
        std::memcpy(&word, bytes.data() + i, sizeof word);
        note(word);
    }
    for (; i < bytes.size(); ++i) {
        note(bytes[i]);
    }
}

void Simulation::logFrames(const std::string& who, const wire::pb::Packet& packet) const {
    for (const wire::pb::Frame& frame : packet.frames()) {
        std::string text = who + " frame " + std::to_string(frame.kind_case());
        if (frame.has_deliver()) {
            for (const wire::pb::Row& row : frame.deliver().rows()) {
                text += " row " + std::to_string(row.number()) + " " +
                        wire::fixedOf<SendId>(row.send_id()).hex().substr(0, 6) + " " +
                        headerHash(sotto::viewOf(row.header())).hex().substr(0, 4);
            }
        } else if (frame.has_send()) {
            text += " " + wire::fixedOf<SendId>(frame.send().send_id()).hex().substr(0, 6);
        } else if (frame.has_stored()) {
            text += " stored " + wire::fixedOf<SendId>(frame.stored().send_id()).hex().substr(0, 6);
        } else if (frame.has_ack()) {
            text += " ack " + std::to_string(frame.ack().number());
        } else if (frame.has_welcome()) {
            text += " welcome, acknowledged " + std::to_string(frame.welcome().acked().number()) + " of " +
                    std::to_string(frame.welcome().newest()) + ", disagreements " +
                    std::to_string(frame.welcome().disagreements_size());
        } else if (frame.has_error()) {
            text += " error " + std::to_string(frame.error().code()) + " " + frame.error().text();
        }
        log(text);
    }
}

void Simulation::log(const std::string& text) const {
    if (m_verbose) {
        const auto ms = std::chrono::floor<Milliseconds>(m_world.clock.steady().time_since_epoch()).count() -
                        2 * 3'600'000;
        std::fprintf(stderr, "%8" PRId64 ".%03d  %s\n", static_cast<std::int64_t>(ms / 1000),
                     static_cast<int>(ms % 1000), text.c_str());
    }
}

} // namespace sotto::simulation
