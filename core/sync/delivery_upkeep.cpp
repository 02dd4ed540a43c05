// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/delivery_upkeep.h"

namespace sotto::core {

void DeliveryUpkeep::soon(std::optional<SteadyTime>& time, Milliseconds delay) {
    if (!time) {
        time = m_device.clock.steady() + delay;
    }
}

void DeliveryUpkeep::noticed(const Effects& effects) {
    if (effects.gapsNoticed) {
        soon(m_showAt, kGrace);
    }
    if (effects.askingDue && m_isOnline) {
        soon(m_askAt, kAskDelay);
    }
    m_turnsDue |= effects.turnsDue && m_isOnline;
}

void DeliveryUpkeep::loggedIn() {
    m_isOnline = true;
    m_turnsDue = !m_device.peers.turnsDue(m_device.clock.wall()).empty();
    if (!m_device.gaps.unshown().empty()) {
        soon(m_showAt, kGrace);
    }
    if (m_requests.areAnyOpen()) {
        soon(m_askAt, kGrace); // what waits in the mailbox may be what is missing
    }
    m_lookAt = m_device.clock.steady() + kLookEvery;
}

void DeliveryUpkeep::hurry() {
    for (auto* time : {&m_showAt, &m_askAt}) {
        if (*time) {
            *time = m_device.clock.steady();
        }
    }
}

template <class Act>
void DeliveryUpkeep::perform(Act act) {
    Effects effects;
    const auto done = act(effects);
    done ? m_link.perform(std::move(effects)) : m_link.storageFailed(done.error());
}

void DeliveryUpkeep::onTimer(SteadyTime now) {
    if (m_showAt && *m_showAt <= now) {
        m_showAt.reset();
        perform([this](Effects& effects) { return m_gaps.show(effects); });
    }
    if (!m_isOnline) {
        return;
    }
    if (m_lookAt && *m_lookAt <= now) {
        m_lookAt = now + kLookEvery;
        m_turnsDue = true;
        soon(m_askAt, Milliseconds(0));
    }
    if (m_askAt && *m_askAt <= now) {
        m_askAt.reset();
        perform([this](Effects& effects) { return m_requests.queue(effects); });
    }
    if (std::exchange(m_turnsDue, false)) {
        perform([this](Effects& effects) { return m_turns.queue(effects); });
    }
}

std::optional<SteadyTime> DeliveryUpkeep::wake() const {
    std::optional<SteadyTime> first = m_showAt;
    const auto consider = [&first](const std::optional<SteadyTime>& time) {
        first = time && (!first || *time < *first) ? time : first;
    };
    if (m_isOnline) {
        consider(m_askAt);
        consider(m_lookAt);
        consider(m_turnsDue ? std::optional(m_device.clock.steady()) : std::nullopt);
    }
    return first;
}

} // namespace sotto::core
