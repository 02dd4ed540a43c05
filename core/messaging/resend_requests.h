// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Asks authors for what never came or could not be read: gathered into one invisible content for each of
/// them, a few times and ever more rarely (docs/PROTOCOL.md, "Resends").

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

#include <map>

namespace sotto::core {

class ResendRequests {
public:
    static constexpr int kMostTimes = 5;
    /// A chain that lost more than this is better begun anew (R11).
    static constexpr std::uint64_t kRenewBeyond = 1000;

    explicit ResendRequests(LocalDevice& device)
        : m_device(device) {}

    /// Queues what is due now. Opens its transaction itself. More may be left than one content takes:
    /// effects.askingDue then says so.
    Expected<void, db::Error> queue(Effects& effects);
    /// Whether anything may be due, now or later.
    bool areAnyOpen() const;

private:
    using Bodies = std::map<AccountId, ResendRequestBody>;
    void gatherUnread(Bodies& bodies, Effects& effects);
    void gatherGaps(Bodies& bodies, Effects& effects);
    bool mayAsk(const AccountId& account) const;

    LocalDevice& m_device;
};

} // namespace sotto::core
