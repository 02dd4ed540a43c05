// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How an own message's state may change. Every change goes through next().

#include "core/types/message.h"

#include <optional>

namespace sotto::core {

enum class SendEvent {
    BytesFixed, ///< transaction B
    Stored,     ///< the relay answered: transaction C
    Delivered,  ///< every recipient account confirmed
    Read,
    GivenUp, ///< it can never be sent
};

/// The state after an event; nothing when the event changes nothing (a repeated answer, a receipt that
/// overtook another). States only move forward, and a receipt for what was never sent moves nothing.
constexpr std::optional<MessageState> next(MessageState state, SendEvent event) {
    const auto forward = [state](MessageState to) { return state < to ? std::optional(to) : std::nullopt; };
    const bool onItsWay =
        state == MessageState::Encrypted || state == MessageState::Sent || state == MessageState::Delivered;
    switch (event) {
    case SendEvent::BytesFixed:
        return state == MessageState::Queued ? forward(MessageState::Encrypted) : std::nullopt;
    case SendEvent::Stored:
        return state == MessageState::Encrypted ? forward(MessageState::Sent) : std::nullopt;
    // A receipt can overtake the relay's own answer to us.
    case SendEvent::Delivered:
        return onItsWay ? forward(MessageState::Delivered) : std::nullopt;
    case SendEvent::Read:
        return onItsWay ? forward(MessageState::Read) : std::nullopt;
    case SendEvent::GivenUp:
        return state == MessageState::Queued || state == MessageState::Encrypted
                   ? std::optional(MessageState::Failed)
                   : std::nullopt;
    }
    return std::nullopt;
}

} // namespace sotto::core
