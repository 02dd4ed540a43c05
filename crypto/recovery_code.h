// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The 256 bits from which an account's root is derived. Whoever has the code is the account, so it is shown
/// once, kept on paper, and wiped from memory when this object ends.

#include "core/base/result.h"
#include "core/base/secret.h"

namespace sotto::crypto {

enum class RecoveryCodeError {
    WrongCharacter, ///< something that is no letter or digit of the alphabet
    WrongLength,    ///< characters missing or too many
    WrongChecksum,  ///< mistyped
};

class RecoveryCode {
public:
    static RecoveryCode generate(Random& random);
    /// Reads what print() wrote as people write it: either case, spaces, line ends and hyphens anywhere, o
    /// for 0, i and l for 1.
    static Expected<RecoveryCode, RecoveryCodeError> parse(std::string_view text);

    /// 14 groups of four characters joined by hyphens: 32 bytes and 24 bits of checksum in the base-32
    /// alphabet 0–9 A–Z without I, L, O, U. ASCII, 69 bytes, no terminator.
    SecretBytes print() const;

    const Secret<32>& secret() const { return m_secret; }

private:
    explicit RecoveryCode(Secret<32> secret)
        : m_secret(std::move(secret)) {}
    Secret<32> m_secret;
};

inline constexpr std::size_t kRecoveryCodeGroups = 14;
/// Whether these are the groups with these numbers, from 1, of what print() wrote, in this order and as
/// people write it. For asking whether somebody has written a code down.
bool areGroupsOf(std::string_view printed, std::span<const std::size_t> groups, std::string_view typed);

} // namespace sotto::crypto
