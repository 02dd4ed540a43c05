// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How long things took, in few numbers: how many took at most so long.

#include "core/base/clock.h"

#include <array>
#include <cstdint>

namespace sotto {

class Histogram {
public:
    /// Upper bounds of all buckets but the last, which takes the rest.
    static constexpr std::array<std::int64_t, 9> kBoundsMs = {3,     10,    30,     100,   300,
                                                              1'000, 3'000, 10'000, 60'000};
    using Counts = std::array<std::uint64_t, kBoundsMs.size() + 1>;

    /// Negative times, of clocks that were set meanwhile, count as none.
    void add(Milliseconds time, std::uint64_t times = 1) {
        std::size_t bucket = 0;
        while (bucket < kBoundsMs.size() && time.count() > kBoundsMs[bucket]) {
            ++bucket;
        }
        m_counts[bucket] += times;
        m_sum += std::max<std::int64_t>(time.count(), 0) * static_cast<std::int64_t>(times);
    }
    const Counts& counts() const { return m_counts; }
    std::int64_t sumMs() const { return m_sum; }
    std::uint64_t count() const {
        std::uint64_t all = 0;
        for (const std::uint64_t count : m_counts) {
            all += count;
        }
        return all;
    }

private:
    Counts m_counts{};
    std::int64_t m_sum = 0;
};

} // namespace sotto
