// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What sotto-keychain and those who ask it agree on: `sotto-keychain read|write|remove ENTRY`. The secret
/// comes on stdout or goes in on stdin, a reason for people on stderr, and the exit code says the rest.

#include <cstddef>

namespace sotto::net {

enum class KeychainExit : int {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NoKeychain = 3,
    NotFound = 6,
    Refused = 7,
};
inline constexpr std::size_t kLongestKeychainSecret = 1024;

} // namespace sotto::net
