// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/pressure.h"

namespace sotto::relay {

bool Pressure::look(const Signs& signs, SteadyTime now) {
    const bool lags = signs.queueLag > kQueueLag;
    const bool manyLate = signs.late >= kLeastLate && signs.late * 100 > signs.handed * kLatePercent;
    const PressureLevel before = m_level;
    if (lags || manyLate) {
        m_pressedAt = now;
        if (m_level == PressureLevel::None) {
            m_level = PressureLevel::NoEphemeral;
        } else if (m_level == PressureLevel::NoEphemeral && now - m_changedAt >= kStep) {
            m_level = PressureLevel::LateReceipts;
        }
    } else if (m_level != PressureLevel::None && now - m_pressedAt >= kStep && now - m_changedAt >= kStep) {
        m_level = m_level == PressureLevel::LateReceipts ? PressureLevel::NoEphemeral : PressureLevel::None;
    }
    if (m_level != before) {
        m_changedAt = now;
    }
    return m_level != before;
}

} // namespace sotto::relay
