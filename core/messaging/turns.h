// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Invisible answers that keep a session alive: the ratchet turns, and both sides learn how far the other is,
/// so that the end of a chain cannot be dropped unseen (docs/PROTOCOL.md, "Turns").

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/gaps.h"

namespace sotto::core {

class Turns {
public:
    /// Whoever lags behind or asks is answered, but no more often.
    static constexpr std::chrono::hours kBetweenAnswers{1};
    static constexpr std::chrono::minutes kBetweenAsked{1};

    explicit Turns(LocalDevice& device)
        : m_device(device) {}

    /// Queues a turn for every device that is due one. Opens its transaction itself.
    Expected<void, db::Error> queue(Effects& effects);
    /// What a turn says is known only when its bytes are fixed, behind everything queued before it.
    TurnBody body(ConversationKey conversation) const;

    // Inside the caller's transaction:
    /// present: the sending device's chain of the generation that it is in now. base: the header's, the first
    /// number of that chain that was meant for this device.
    void received(const ChainName& present, const TurnBody& turn, std::uint64_t base, Stamp stamp,
                  Effects& effects);
    /// A device wants to know how far this one is.
    void asked(const DeviceAddress& by, Effects& effects);

private:
    LocalDevice& m_device;
};

} // namespace sotto::core
