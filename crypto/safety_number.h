// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What two people compare to know that no one stands between them: 60 digits from their two account keys,
/// the same on both sides (libsignal's numeric fingerprint, 5,200 iterations).

#include "core/base/ids.h"

namespace sotto::crypto {

class SafetyNumber {
public:
    SafetyNumber(const AccountId& own, const AccountId& other);
    /// 60 digits.
    const std::string& digits() const { return m_digits; }
    /// Twelve groups of five, one space between.
    std::string grouped() const;
    friend bool operator==(const SafetyNumber&, const SafetyNumber&) = default;

private:
    std::string m_digits;
};

} // namespace sotto::crypto
