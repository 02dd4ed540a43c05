// SPDX-License-Identifier: GPL-3.0-or-later
// What simulated people say, and what they do with what was said.
#include "tests/simulation/simulation.h"

namespace sotto::simulation {
namespace {

constexpr std::uint32_t kLongestLife = 120; ///< seconds of a message that disappears

} // namespace

void Simulation::planTalk() {
    for (int left = m_swarm.messages; left > 0;) {
        const Pair pair = m_pairs[m_chance.below(m_pairs.size())];
        const bool back = m_chance.oneIn(2);
        const int burst =
            m_chance.oneIn(10) ? static_cast<int>(std::min<std::int64_t>(left, m_chance.between(2, 12))) : 1;
        m_world.schedule(within(m_swarm.span), [this, pair, back, burst] {
            for (int i = 0; i < burst; ++i) {
                back ? say(*pair.other, *pair.one, pair.mutual) : say(*pair.one, *pair.other, pair.mutual);
            }
        });
        left -= burst;
    }
    if (m_chance.oneIn(2)) { // and some read what they got
        for (int i = 0; i < 3; ++i) {
            m_world.schedule(within(m_swarm.span), [this] { readsAll(anybody()); });
        }
    }
    for (int i = m_swarm.changes ? m_swarm.messages : 0; i > 0; --i) {
        const Milliseconds when(m_changes.between(0, m_swarm.span.count()));
        m_world.schedule(when, [this] { change(*m_people[m_changes.below(m_people.size())]); });
    }
}

void Simulation::readsAll(Person& person) {
    person.enter([](core::Client& client) {
        for (const auto& conversation : client.conversations()) {
            const auto newest = client.history(conversation.key, {}, core::PageDirection::Older, 1);
            if (newest && !newest->messages.empty()) {
                static_cast<void>(client.markRead(conversation.key, newest->messages.back().key));
            }
        }
    });
}

/// Something that was said or heard lately is edited, deleted or reacted to.
void Simulation::change(Person& person) {
    if (m_gone.contains(&person)) {
        return;
    }
    person.enter([&](core::Client& client) {
        const auto conversations = client.conversations();
        if (conversations.empty()) {
            return;
        }
        const auto& conversation = conversations[m_changes.below(conversations.size())];
        const auto page = client.history(conversation.key, {}, core::PageDirection::Older, 10);
        std::vector<core::Message> lines = page ? page->messages : std::vector<core::Message>();
        std::erase_if(lines, [](const core::Message& line) { return line.kind != core::MessageKind::Text; });
        if (!lines.empty()) {
            change(client, lines[m_changes.below(lines.size())]);
        }
    });
}

void Simulation::change(core::Client& client, const core::Message& line) {
    const int message = Ledger::numberOf(line.text);
    const auto taken = [&](const auto& done, const char* what) {
        log(std::string(done ? "" : "not ") + what + " " + std::to_string(message));
        m_outcome.changes += done ? 1 : 0;
        return done.has_value();
    };
    switch (m_changes.below(line.outgoing ? 8 : 4)) {
    case 0:
    case 1:
    case 2: {
        static constexpr std::array kSigns = {"+", "-", "!", ""};
        taken(client.react(line.id, kSigns[m_changes.below(kSigns.size())]), "reacts to");
        break;
    }
    case 3:
        m_ledger.mayGo(message);
        taken(client.deleteMessage(line.id), "deletes for themself");
        break;
    case 4:
        m_ledger.mayGo(message);
        if (taken(client.deleteForEveryone(line.id), "deletes")) {
            m_ledger.deletedForEveryone(message);
        }
        break;
    default:
        taken(client.editMessage(line.id, Ledger::editedText(message, ++m_edits)), "edits");
    }
}

void Simulation::say(Person& from, Person& to, bool mutual) {
    bool known = false;
    from.enter([&](core::Client& client) {
        const auto contact = client.findContact(to.name());
        known = contact.has_value();
        if (!known) {
            return;
        }
        const auto conversation = client.conversationWith(contact->key);
        if (!conversation) {
            return;
        }
        const int message = m_ledger.nextMessage(from, to, mutual);
        const std::size_t padding = m_chance.oneIn(10) ? m_chance.below(5'000) : m_chance.below(60);
        core::SendOptions options;
        if (m_swarm.changes && m_changes.oneIn(8)) {
            options.expireSeconds = static_cast<std::uint32_t>(m_changes.between(1, kLongestLife));
            m_ledger.mayGo(message);
        }
        const auto said = client.sendText(*conversation, Ledger::textOf(message, padding), options);
        log(from.name() + (said ? " says " : " cannot say ") + std::to_string(message) + " to " + to.name());
        if (said && !from.disk()->isDead()) {
            m_ledger.saidDurably(message);
        }
    });
}

/// What disappears does so on both sides. Twice, since nobody waited for what may go: some comes only now.
void Simulation::letTimesEnd() {
    for (int round = 0; round < 2; ++round) {
        for (Person* person : m_people) {
            readsAll(*person);
        }
        m_world.pass(std::chrono::seconds(2 * kLongestLife));
    }
    m_ledger.checkExpired();
}

} // namespace sotto::simulation
