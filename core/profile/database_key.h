// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The random 256-bit key of history.db, and how it lies on disk.
///
///     key.sealed := "sotto key sealed 1\n" ‖ check (32) ‖ blob
///     key.file   := "sotto key file 1\n" ‖ check (32) ‖ key (32)
///     blob       := crypto/sealed_blob.h, for the purpose "database key"
///     check      := labelled SHA-256 of what follows: tells damage from a wrong passphrase
///
/// The keys that authenticate the other small files are derived from it, so that they belong to one another.

#include "core/base/result.h"
#include "core/db/database.h"
#include "crypto/sealed_blob.h"

namespace sotto::core {

enum class KeyRefusal { Damaged, WrongPassphrase, NoMemory, CostOutOfBounds };

Expected<Bytes, KeyRefusal> sealKey(const db::DatabaseKey& key, const SecretBytes& passphrase,
                                    const crypto::PassphraseCost& cost, Random& random);
Expected<db::DatabaseKey, KeyRefusal> openSealedKey(BytesView file, const SecretBytes& passphrase);

SecretBytes encodeKeyFile(const db::DatabaseKey& key);
std::optional<db::DatabaseKey> decodeKeyFile(BytesView file);

/// The key of one purpose (BLAKE2b keyed with the database key over the label). No purpose's key tells
/// another's.
Secret<32> deriveKey(const db::DatabaseKey& key, std::string_view label);

inline constexpr std::size_t kMaxKeyFileBytes = 1024;

} // namespace sotto::core
