// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How long messages of a conversation stay, as its members agree on it (docs/PROTOCOL.md, "Disappearing
/// messages"): the last word counts, whatever order the words arrive in.

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

class Timers {
public:
    /// Nobody honest is further ahead of what is known here; who is so cannot be answered by anybody.
    static constexpr std::uint64_t kMostAhead = 1'000;

    explicit Timers(LocalDevice& device)
        : m_device(device) {}

    /// Others'. Inside the caller's transaction. line: a notice as it would stand, not stored yet;
    /// placeholder: the line that stands for it. A word that does not count, or changes nothing, gets no
    /// line.
    void received(Message line, const TimerBody& body, const ChainPosition& chain,
                  const std::optional<MessageKey>& placeholder, Effects& effects);
    /// One's own, in a transaction of its own. What is so already changes nothing. seconds: 0 to
    /// kMaxExpireSeconds.
    Expected<void, db::Error> set(ConversationKey conversation, std::uint32_t seconds, Effects& effects);

private:
    void removeLineBefore(const Message& line, Effects& effects);
    LocalDevice& m_device;
};

} // namespace sotto::core
