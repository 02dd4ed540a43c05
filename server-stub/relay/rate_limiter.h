// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Token buckets, one per key, in bounded memory.

#include "core/base/clock.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

namespace sotto::relay {

struct Rate {
    double perSecond = 1;
    double burst = 1;
    /// `count` an hour, of which a quarter at once.
    static Rate hourly(std::uint64_t count) {
        const auto rate = static_cast<double>(count);
        return {rate / 3600.0, std::max(1.0, rate / 4)};
    }
};

/// Not thread-safe. At most kMaxKeys buckets are kept: beyond that all new keys share one, so that a flood of
/// keys costs its sender and not our memory.
template <class Key>
class RateLimiter {
public:
    explicit RateLimiter(Rate rate)
        : m_rate(rate) {}

    /// Takes `cost` tokens if they are there; otherwise takes none and says when they will be. What costs
    /// more than the burst costs the burst.
    std::optional<Milliseconds> take(const Key& key, double cost, SteadyTime now) {
        Bucket& bucket = find(key, now);
        refill(bucket, now);
        cost = std::min(cost, m_rate.burst);
        if (bucket.tokens >= cost) {
            bucket.tokens -= cost;
            return std::nullopt;
        }
        const double seconds = (cost - bucket.tokens) / m_rate.perSecond;
        return Milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
    }

    /// Drops full buckets: they say no more than a missing one.
    void forgetIdle(SteadyTime now) {
        for (auto entry = m_buckets.begin(); entry != m_buckets.end();) {
            refill(entry->second, now);
            entry = entry->second.tokens >= m_rate.burst ? m_buckets.erase(entry) : std::next(entry);
        }
    }

private:
    static constexpr std::size_t kMaxKeys = 100'000;
    struct Bucket {
        double tokens;
        SteadyTime at;
    };
    Bucket& find(const Key& key, SteadyTime now) {
        if (const auto found = m_buckets.find(key); found != m_buckets.end()) {
            return found->second;
        }
        if (m_buckets.size() >= kMaxKeys) {
            if (!m_shared) {
                m_shared = Bucket{m_rate.burst, now};
            }
            return *m_shared;
        }
        return m_buckets.emplace(key, Bucket{m_rate.burst, now}).first->second;
    }
    void refill(Bucket& bucket, SteadyTime now) const {
        const double seconds = std::chrono::duration<double>(now - bucket.at).count();
        bucket.tokens = std::min(m_rate.burst, bucket.tokens + std::max(0.0, seconds) * m_rate.perSecond);
        bucket.at = now;
    }

    Rate m_rate;
    std::unordered_map<Key, Bucket> m_buckets;
    std::optional<Bucket> m_shared;
};

} // namespace sotto::relay
