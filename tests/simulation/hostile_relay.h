// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a relay that breaks its promises makes of the packets it hands out: rows withheld, in another order,
/// twice, once more later, or with flipped bits. Packets of one link stay in order: it is a stream.

#include "tests/simulation/ledger.h"
#include "tests/simulation/swarm.h"

namespace sotto::simulation {

class HostileRelay {
public:
    HostileRelay(test::Chance& chance, const Swarm& swarm, Ledger& ledger)
        : m_chance(chance)
        , m_swarm(swarm)
        , m_ledger(ledger) {}

    void begin() { m_active = true; }
    void end() { m_active = false; }
    bool isActive() const { return m_active; }
    std::vector<wire::pb::Packet> toClient(Person& person, const wire::pb::Packet& packet);
    std::uint64_t count(Fault fault) const { return m_counts[static_cast<std::size_t>(fault)]; }

private:
    bool does(Fault fault, double rate);
    void change(Person& person, wire::pb::Deliver& deliver);
    void corrupt(Person& person, wire::pb::Row& row);

    test::Chance& m_chance;
    const Swarm& m_swarm;
    Ledger& m_ledger;
    bool m_active = false;
    std::map<const Person*, std::vector<wire::pb::Row>> m_seen;
    std::array<std::uint64_t, kFaults> m_counts{};
};

} // namespace sotto::simulation
