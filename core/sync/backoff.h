// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How long to wait before the next try: doubling, capped, with jitter so that a crowd does not come back at
/// once.

#include "core/base/clock.h"
#include "core/base/random.h"

#include <algorithm>

namespace sotto::core {

class Backoff {
public:
    static constexpr Milliseconds kFirst{500};
    static constexpr Milliseconds kMost{60'000};

    /// Between half and all of the current span; the span then doubles.
    Milliseconds next(Random& random) {
        const auto half = m_span.count() / 2;
        const Milliseconds wait(
            half + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(half) + 1)));
        m_span = std::min(m_span * 2, kMost);
        return wait;
    }
    void reset() { m_span = kFirst; }

private:
    Milliseconds m_span = kFirst;
};

} // namespace sotto::core
