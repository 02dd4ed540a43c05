// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Randomness comes in through the constructor of whatever needs it, so that a test can fix it.

#include "core/base/ids.h"

namespace sotto {

/// Fills bytes nobody can predict. Implementations need not be thread-safe.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    /// A fresh random id, key or nonce: `random.next<MessageId>()`.
    template <class Id>
    Id next() {
        Id id;
        fill(id.value);
        return id;
    }
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
};

/// The operating system's generator through libsodium. Stateless and thread-safe.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> bytes) override;
};

/// Makes libsodium ready; every program calls it first in main. Throws std::runtime_error when it cannot.
void initialiseSodium();

} // namespace sotto
