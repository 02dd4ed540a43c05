// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the relay remembers of one open connection. Nothing in here outlives it.

#include "core/base/clock.h"
#include "server-stub/relay/command.h"
#include "server-stub/relay/packet_queue.h"

namespace sotto::relay {

/// Who is at the other end, as far as the network tells.
struct Peer {
    std::string address; ///< what limits count by: IPv4, or the /64 of IPv6
    bool secure = true;  ///< TLS; false: plain ws on loopback
};

/// A logged-in device and how far its mailbox has been handed to it.
struct Session {
    DeviceAddress address;
    DeviceRecord record;
    std::uint32_t windowRows = 0;
    MailboxNumber delivered{};                 ///< highest number handed over
    MailboxNumber newest{};                    ///< highest number known to exist
    std::vector<Delivery::Row> unacknowledged; ///< delivered and not acknowledged, in order
    std::uint64_t unacknowledgedBytes = 0;
    SteadyTime waitingSince{};      ///< for an acknowledgement of the first of these
    bool late = false;              ///< it has been waited for too long
    bool handed = false;            ///< mail went to it or was acknowledged since the last look
    bool reading = false;           ///< a ReadRows is at the store
    std::uint32_t refusedEarly = 0; ///< sends refused without asking the store
    std::shared_ptr<std::uint32_t> refusedByStore = std::make_shared<std::uint32_t>(0); ///< see StoreSend
    Delivery collecting; ///< rows that leave in one frame when the present event is done
};

struct Connection {
    enum class Phase {
        Challenged, ///< knows the nonce
        Checking,   ///< its Hello or Register is being looked into
        LoggedIn,
        Closing, ///< says what it has to say, then closes; whatever comes is ignored
    };
    Phase phase = Phase::Challenged;
    Peer peer;
    Nonce nonce;
    SteadyTime openedAt;
    SteadyTime heardAt;
    bool pinged = false;    ///< since heardAt
    bool awake = false;     ///< listed in the effects already
    std::uint32_t jobs = 0; ///< at the store
    std::uint32_t refusals = 0;
    std::uint32_t pings = 0; ///< Ping frames since the last tick
    PacketQueue out;
    std::unique_ptr<wire::pb::Hello> hello; ///< while Checking
    std::unique_ptr<Session> session;       ///< while LoggedIn
};

} // namespace sotto::relay
