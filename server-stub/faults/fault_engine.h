// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Decides what happens to each frame between a testing relay and its devices. Every decision is a function
/// of the plan's seed, the device, the direction and the frame's number in it, never of a clock: the same
/// seed and the same frames give the same faults and the same log. Frames of a device are counted as long as
/// the engine lives, over all its connections. Without I/O; not thread-safe.

#include "core/base/ids.h"
#include "core/base/statements.h"
#include "server-stub/faults/fault_plan.h"

#include <array>
#include <functional>
#include <unordered_map>

namespace sotto::relay {

enum class Way { ToRelay, ToDevice };

/// What happens to one frame. Nothing set: it passes.
struct FrameFate {
    bool drop = false;
    bool duplicate = false;
    bool cut = false;           ///< the connection ends here, and the frame with it
    bool stall = false;         ///< from here on nothing passes on this connection, in either direction
    bool diskFull = false;      ///< a send: refused as if the disk were full
    std::uint32_t heldBack = 0; ///< until so many later frames have passed
    Milliseconds delay{0};
};

class FaultEngine {
public:
    /// Hears of each fault (not of delays), as one line without its end.
    using Log = std::function<void(const std::string&)>;

    explicit FaultEngine(FaultPlan plan, Log log = {});

    const FaultPlan& plan() const { return m_plan; }
    /// Counts the frame, and says and logs what happens to it.
    FrameFate next(const DeviceAddress& device, Way way, bool isSend);

    std::uint64_t frames() const { return m_frames; }
    std::uint64_t faults() const { return m_faults; }
    /// Of everything logged, whatever the order in which devices came: BLAKE2b of each line, added up. 32 hex
    /// digits.
    std::string logHash() const;

private:
    struct Counted {
        std::array<std::uint64_t, 2> frames{};
        std::uint64_t sends = 0;
    };
    void note(const DeviceAddress& device, Way way, std::uint64_t number, const FrameFate& fate);

    const FaultPlan m_plan;
    Log m_log;
    std::unordered_map<DeviceAddress, Counted> m_devices;
    std::uint64_t m_frames = 0;
    std::uint64_t m_faults = 0;
    std::array<std::uint64_t, 2> m_hash{};
};

} // namespace sotto::relay
