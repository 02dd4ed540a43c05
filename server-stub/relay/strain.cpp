// SPDX-License-Identifier: GPL-3.0-or-later
// What the relay sees of its own trouble: how far the store is behind, and who has stopped acknowledging.
#include "server-stub/relay/relay.h"

namespace sotto::relay {

void Relay::jobsTaken(SteadyTime now) {
    if (!m_effects.jobs.empty()) {
        m_submitted.push_back({now, m_effects.jobs.size()});
    }
}

/// The store works in the order it is given.
void Relay::jobsDone(std::size_t count, SteadyTime now) {
    while (count > 0 && !m_submitted.empty()) {
        Submitted& first = m_submitted.front();
        const std::size_t of = std::min(count, first.jobs);
        m_statistics.storeTime.add(std::chrono::duration_cast<Milliseconds>(now - first.at), of);
        first.jobs -= of;
        count -= of;
        if (first.jobs == 0) {
            m_submitted.pop_front();
        }
    }
}

Milliseconds Relay::queueLag(SteadyTime now) const {
    return m_submitted.empty() ? Milliseconds{}
                               : std::chrono::duration_cast<Milliseconds>(now - m_submitted.front().at);
}

void Relay::watchPressure(SteadyTime now) {
    Pressure::Signs signs;
    signs.queueLag = queueLag(now);
    for (const auto& [id, connection] : m_connections) {
        if (connection->phase != Phase::LoggedIn) {
            continue;
        }
        Session& session = *connection->session;
        const bool waiting = !session.unacknowledged.empty();
        const bool late = waiting && now - session.waitingSince > Pressure::kAckTimeout;
        m_statistics.late += late && !session.late ? 1 : 0;
        session.late = late;
        signs.handed += waiting || std::exchange(session.handed, false) ? 1 : 0;
        signs.late += late ? 1 : 0;
    }
    if (!m_pressure.look(signs, now)) {
        return;
    }
    for (const auto& [id, connection] : m_connections) {
        if (connection->phase == Phase::LoggedIn) {
            wire::pb::Frame frame;
            frame.mutable_notice()->set_pressure(static_cast<std::uint32_t>(m_pressure.level()));
            reply(id, 0, std::move(frame));
        }
    }
}

} // namespace sotto::relay
