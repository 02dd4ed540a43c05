// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A relay of the simulated world: the very relay and store that ship, on a computer of its own.

#include "server-stub/relay/relay.h"
#include "server-stub/store/sqlite_store.h"
#include "tests/support/simulated_vfs.h"
#include "tests/support/virtual_clock.h"

namespace sotto::test {

struct RelayNode {
    RelayNode(const Clock& world, std::filesystem::path place)
        : clock(world)
        , directory(std::move(place)) {}

    bool isRunning() const { return relay != nullptr; }

    relay::Options options;
    OwnClock clock;
    std::filesystem::path directory;
    std::unique_ptr<SimulatedDisk> disk; ///< nullptr: the store lies in the directory
    std::unique_ptr<SimulatedMount> mount;
    std::unique_ptr<relay::SqliteStore> store;
    std::unique_ptr<relay::Relay> relay;
    SteadyTime nextTick{};
    std::vector<relay::Job> jobs; ///< wanted, not executed yet
};

} // namespace sotto::test
