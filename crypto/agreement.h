// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The Curve25519 agreement that libsignal-protocol-c calls. Private to crypto.

#include "core/base/secret.h"

/// Stands in for the function of the same name inside libsignal-protocol-c, which the library calls through
/// its procedure linkage table: the executable's definition wins. Ours is libsodium's, four times as fast,
/// and it refuses all-zero results, which the library's own accepts. 0 on success.
extern "C" [[gnu::visibility("default")]] int
curve25519_donna(std::uint8_t* result, const std::uint8_t* secret, const std::uint8_t* point);

namespace sotto::crypto {

/// The public key of a Curve25519 secret, clamped or not.
Curve25519Key publicKeyOf(std::span<const std::uint8_t, 32> secret);
/// As RFC 7748 section 5 wants a secret scalar.
void clamp(std::span<std::uint8_t, 32> secret);

/// How often this thread went through our definition: what the self-test looks at. Calling it also ties the
/// definition into every executable that links crypto.
std::uint64_t agreementsMade();

} // namespace sotto::crypto
