// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/swarm.h"

#include <algorithm>

namespace sotto::simulation {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {
    "cut",         "half_open",        "unreachable", "delay",           "kill",          "power_cut",
    "relay_kill",  "relay_power_cut",  "disk_full",   "relay_disk_full", "disk_error",    "relay_disk_error",
    "clock_jump",  "relay_clock_jump", "restore",     "clone",           "relay_restore", "withhold",
    "reorder",     "duplicate",        "replay",      "corrupt",         "frames",        "relay_slow",
    "list_change",
};

} // namespace

std::string_view nameOf(Fault fault) {
    return kNames[static_cast<std::size_t>(fault)];
}

Swarm::Swarm(test::Chance& chance) {
    switch (chance.below(8)) {
    case 0: // nothing but the order of events
        break;
    case 1:
    case 2:
    case 3:
        m_has[chance.below(kFaults)] = true;
        break;
    case 4:
    case 5:
        for (bool& one : m_has) {
            one = chance.oneIn(5);
        }
        break;
    case 6:
        for (bool& one : m_has) {
            one = chance.oneIn(3);
        }
        break;
    default:
        for (bool& one : m_has) {
            one = chance.with(0.8);
        }
        break;
    }
    // What cannot be repaired hides what must not happen at all: most seeds go without.
    if (!chance.oneIn(4)) {
        for (const Fault fault :
             {Fault::Restore, Fault::Clone, Fault::RelayRestore, Fault::Corrupt, Fault::Withhold}) {
            const auto index = static_cast<std::size_t>(fault);
            m_has[index] = m_has[index] && std::count(m_has.begin(), m_has.end(), true) == 1;
        }
    }
    static constexpr std::array kPeople = {2, 2, 2, 2, 3, 3, 3, 4, 5};
    people = kPeople[chance.below(kPeople.size())];
    others = chance.oneIn(10) ? 2 : 0;
    messages = static_cast<int>(chance.between(5, 40));
    span = Milliseconds(chance.between(5'000, 120'000));
    mostDelay = Milliseconds(has(Fault::Delay) ? chance.between(100, 5'000) : chance.between(1, 50));
    strangers = chance.oneIn(5);
    intensity = static_cast<int>(chance.between(1, 4));
}

} // namespace sotto::simulation
