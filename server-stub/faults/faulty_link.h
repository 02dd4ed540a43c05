// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One connection of a testing relay: packets go in, and come out late, twice, in another order, or not at
/// all. Without I/O and without a clock of its own; whoever drives it asks for what is due.

#include "core/wire/packet.h"
#include "server-stub/faults/fault_engine.h"

#include <deque>

namespace sotto::relay {

class FaultyLink {
public:
    explicit FaultyLink(FaultEngine& engine)
        : m_engine(engine) {}

    /// A packet that is to go `way`. Until the device is known (nullptr) everything passes: who cannot log in
    /// cannot be tested. A packet that does not parse passes too, and is judged by whom it reaches.
    void put(Way way, Bytes packet, const DeviceAddress* device, SteadyTime now);
    /// The next packet that is due; empty: none.
    std::optional<Bytes> take(Way way, SteadyTime now);
    /// When take() may have more.
    std::optional<SteadyTime> due(Way way) const;
    /// The connection is to be cut now; what has not been taken is lost.
    bool isCut() const { return m_cut; }
    /// Nothing passes any more: a peer that went away without a word.
    bool isStalled() const { return m_stalled; }

private:
    struct Held {
        SteadyTime due;
        std::uint32_t behind = 0; ///< later frames it still lets pass
        Bytes packet;
    };
    std::deque<Held>& queue(Way way) { return m_queues[way == Way::ToDevice ? 1 : 0]; }
    const std::deque<Held>& queue(Way way) const { return m_queues[way == Way::ToDevice ? 1 : 0]; }
    void place(Way way, Held held);
    void frame(Way way, wire::pb::Frame& frame, const DeviceAddress& device, SteadyTime now);

    FaultEngine& m_engine;
    std::array<std::deque<Held>, 2> m_queues;
    bool m_cut = false;
    bool m_stalled = false;
};

} // namespace sotto::relay
