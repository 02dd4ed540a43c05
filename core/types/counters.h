// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a client has seen since its process began: for `status`, never stored, never sent anywhere.

#include "core/base/histogram.h"

namespace sotto::core {

struct Counters {
    std::uint64_t connects = 0;   ///< tries to reach the relay
    std::uint64_t logins = 0;     ///< of these, so many ended in a log-in
    std::uint64_t unanswered = 0; ///< links given up because a request stayed without an answer
    std::uint64_t silences = 0;   ///< links given up because nothing came at all
    std::uint64_t received = 0;   ///< mailbox rows taken
    std::uint64_t duplicates = 0; ///< of these, known by header or message id already
    std::uint64_t repaired = 0;   ///< placeholders that became the message they stood for
    Histogram queuedToSent;       ///< from the user's press to the relay's answer
    Histogram queuedToDelivered;  ///< from the user's press to everybody's receipt, receipts' delay included
};

} // namespace sotto::core
