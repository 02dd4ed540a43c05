// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The way out of the client to the network.

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/wire/link.h"

namespace sotto::core {

/// Why there is no link.
enum class LinkLoss {
    Network,  ///< cut, refused or silent: the next try may go better
    WrongKey, ///< the relay showed another key than the pinned one
};

/// What the client wants of the network. Calls return at once; their results come in through Client::on…().
class Edge {
public:
    virtual ~Edge() = default;
    /// Opens a link to this relay; TLS must show the pinned key, or the link counts as lost.
    virtual void connect(const wire::RelayAddress& relay) = 0;
    virtual void send(Bytes packet) = 0;
    /// Ends the link; no on…() call for it follows.
    virtual void disconnect() = 0;
    /// Call Client::onTimer() at this time; replaces the time asked for before.
    virtual void wakeAt(SteadyTime time) = 0;
};

} // namespace sotto::core
