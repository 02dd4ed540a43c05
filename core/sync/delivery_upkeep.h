// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// When what is missing is shown and asked for, and when turns go out. Lives as long as the connection.

#include "core/messaging/gaps.h"
#include "core/messaging/resend_requests.h"
#include "core/messaging/turns.h"
#include "core/sync/link.h"

namespace sotto::core {

class DeliveryUpkeep {
public:
    static constexpr Milliseconds kGrace{2'000};       ///< what was only overtaken comes by itself
    static constexpr Milliseconds kAskDelay{1'000};    ///< gathers what becomes unreadable together
    static constexpr Milliseconds kLookEvery{600'000}; ///< for what is to be asked for once more

    DeliveryUpkeep(LocalDevice& device, Link& link)
        : m_device(device)
        , m_link(link)
        , m_gaps(device)
        , m_requests(device)
        , m_turns(device) {}

    /// Something was committed that may concern it.
    void noticed(const Effects& effects);
    /// Logged in: what was left undone before goes on.
    void loggedIn();
    void linkLost() { m_isOnline = false; }
    /// The program is about to end: nothing waits for a better moment.
    void hurry();
    void onTimer(SteadyTime now);
    std::optional<SteadyTime> wake() const;
    /// Nothing is about to happen that somebody could wait for.
    bool isSettled() const { return !m_showAt && !m_askAt && !m_turnsDue; }

private:
    void soon(std::optional<SteadyTime>& time, Milliseconds delay);
    template <class Act>
    void perform(Act act);

    LocalDevice& m_device;
    Link& m_link;
    Gaps m_gaps;
    ResendRequests m_requests;
    Turns m_turns;
    bool m_isOnline = false;
    bool m_turnsDue = false;
    std::optional<SteadyTime> m_showAt;
    std::optional<SteadyTime> m_askAt;
    std::optional<SteadyTime> m_lookAt;
};

} // namespace sotto::core
