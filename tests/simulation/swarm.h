// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What one seed is about: who is there, what they say, and which kinds of things go wrong how often. Each
/// seed draws its own, so that some have one kind of fault and a few have all of them.

#include "core/base/clock.h"
#include "tests/support/chance.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace sotto::simulation {

enum class Fault : std::size_t {
    Cut,         ///< a link breaks, both ends learn it
    HalfOpen,    ///< a link falls silent
    Unreachable, ///< somebody's packets go nowhere for a while
    Delay,       ///< packets take up to seconds
    Kill,        ///< a program ends at some storage operation
    PowerCut,    ///< so does its computer: unsynced writes are lost, torn, reordered
    RelayKill,
    RelayPowerCut,
    DiskFull,
    RelayDiskFull,
    DiskError, ///< reads, writes or syncs fail once or for a while
    RelayDiskError,
    ClockJump,
    RelayClockJump,
    Restore, ///< a profile from an older copy
    Clone,   ///< two programs on copies of one profile
    RelayRestore,
    Withhold,  ///< hostile relay: some rows do not come
    Reorder,   ///< hostile relay: rows change places
    Duplicate, ///< hostile relay: rows come twice
    Replay,    ///< hostile relay: earlier rows come again
    Corrupt,   ///< hostile relay: flipped bits in headers and payloads
    Frames,    ///< frames lost, doubled, late, overtaken, links cut and stalled: a testing relay's own engine
    RelaySlow, ///< its storage is far behind: mail of the lesser classes waits
    ListChange, ///< newer device lists, with and without other devices
    Count,
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::Count);
std::string_view nameOf(Fault fault);

struct Swarm {
    explicit Swarm(test::Chance& chance);

    bool has(Fault fault) const { return m_has[static_cast<std::size_t>(fault)]; }

    int people = 2;
    int others = 0; ///< at a second relay
    int messages = 0;
    Milliseconds span{}; ///< how long people talk and things break
    Milliseconds mostDelay{5};
    bool strangers = false; ///< some write to people who do not know them
    int intensity = 1;      ///< of each kind of fault
    bool changes = false;   ///< people edit, delete and react, and some messages disappear

private:
    std::array<bool, kFaults> m_has{};
};

} // namespace sotto::simulation
