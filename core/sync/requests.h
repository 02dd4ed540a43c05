// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Questions to the relay and what to do with the answers. One per connection: a lost link forgets them all.

#include "core/base/clock.h"
#include "core/wire/packet.h"

#include <functional>
#include <map>

namespace sotto::core {

class Requests {
public:
    using Answer = std::function<void(const wire::pb::Frame&)>;
    static constexpr Milliseconds kDeadline{20'000};

    /// Numbers the frame; answer is called at most once.
    void ask(wire::pb::Frame& frame, SteadyTime now, Answer answer) {
        frame.set_request(++m_last);
        m_open.emplace(m_last, Open{now + kDeadline, std::move(answer)});
    }
    /// False for an answer to nothing that is open.
    bool answered(const wire::pb::Frame& frame) {
        const auto open = m_open.find(frame.request());
        if (open == m_open.end()) {
            return false;
        }
        const Answer answer = std::move(open->second.answer);
        m_open.erase(open);
        answer(frame);
        return true;
    }
    /// When the oldest question counts as unanswered: the link is then taken for dead.
    std::optional<SteadyTime> deadline() const {
        return m_open.empty() ? std::nullopt : std::optional(m_open.begin()->second.deadline);
    }

private:
    struct Open {
        SteadyTime deadline;
        Answer answer;
    };
    std::uint64_t m_last = 0;
    std::map<std::uint64_t, Open> m_open;
};

} // namespace sotto::core
