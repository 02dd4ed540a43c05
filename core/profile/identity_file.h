// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What identity.a and identity.b hold: the same bytes twice, encrypted and authenticated
/// (XChaCha20-Poly1305) under a key derived from the database key.
///
///     file  := "sotto identity 1\n" ‖ nonce (24) ‖ ciphertext and tag; the first line is authenticated too
///     plain := u64 revision ‖ u8 1 if an identity follows
///              ‖ account (32) ‖ u32 device ‖ u16 size ‖ device keys ‖ u16 size, 0 for none ‖ signer key
///
/// The revision counts what was stored: after a kill between the two writes the higher one holds.

#include "core/profile.h"

namespace sotto::core {

struct IdentityRecord {
    std::uint64_t revision = 0;
    std::optional<Identity> identity; ///< nothing before an account was made
};

Bytes sealIdentity(std::uint64_t revision, const std::optional<Identity>& identity,
                   const db::DatabaseKey& key, Random& random);
/// Nothing when the file is damaged, or of another profile.
std::optional<IdentityRecord> openIdentity(BytesView file, const db::DatabaseKey& key);

/// The plain part, for a backup that is encrypted as a whole.
SecretBytes encodeIdentity(std::uint64_t revision, const std::optional<Identity>& identity);
std::optional<IdentityRecord> decodeIdentity(BytesView plain);

inline constexpr std::size_t kMaxIdentityFileBytes = 4096;

} // namespace sotto::core
