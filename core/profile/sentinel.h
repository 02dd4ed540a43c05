// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the file `generation` holds: the pair that tells a restored database from the newest one
/// (docs/PROTOCOL.md, "Rollback"), authenticated under a key derived from the database key.
///
///     file := "sotto generation 2\n" ‖ confirmed ‖ pending ‖ u64 revision ‖ mac (32, keyed BLAKE2b of all
///     before) each := u64 number ‖ nonce (16)

#include "core/profile.h"

namespace sotto::core {

Bytes encodeSentinel(const GenerationPair& pair, const db::DatabaseKey& key);
/// Nothing when the file is damaged, or of another profile. Version 1 had no revision: it counts as 0.
std::optional<GenerationPair> decodeSentinel(BytesView file, const db::DatabaseKey& key);

/// The same without a key, for the database's own copy.
Bytes encodeGenerations(const GenerationPair& pair);
std::optional<GenerationPair> decodeGenerations(BytesView bytes);

inline constexpr std::size_t kMaxSentinelBytes = 256;

} // namespace sotto::core
