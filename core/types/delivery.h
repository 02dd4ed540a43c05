// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What can be said about the completeness of a history: the chains of others' devices and the relay's
/// claims.

#include "core/types/message.h"

namespace sotto::core {

/// One device's numbers in one conversation, for one generation of that device.
struct ChainReport {
    ConversationKey conversation{};
    AccountId sender;
    std::string senderName; ///< untrusted
    DeviceNumber device{};
    std::uint64_t generation = 0;
    std::uint64_t base = 0; ///< the first that was meant for this device; what is below came before it
    std::uint64_t head = 0; ///< the highest known of, arrived or told
    std::vector<NumberRange> ranges; ///< arrived
    std::vector<NumberRange> holes;  ///< not arrived
    std::vector<NumberRange> gone;   ///< of the holes: what their author cannot send again
    std::vector<std::uint64_t> forks;
};

/// The relay's word that it deleted mail which nobody fetched. Not a fact.
struct ExpiryClaim {
    MailboxNumber upTo{};
    std::uint32_t rows = 0;
    Stamp stamp{}; ///< of the last of them
    std::int64_t at = 0;
};

struct DeliveryReport {
    std::vector<ChainReport> chains;
    std::vector<ExpiryClaim> claims; ///< of the whole mailbox: nobody knows whose mail it was
};

} // namespace sotto::core
