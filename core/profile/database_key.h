// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The random 256-bit key of history.db, and how it lies on disk.
///
///     key.sealed   := "sotto key sealed 1\n" ‖ check (32) ‖ blob
///     key.file     := "sotto key file 1\n" ‖ check (32) ‖ key (32)
///     key.keychain := "sotto key keychain 1\n" ‖ check (32) ‖ entry (16) ‖ nonce (24) ‖ ciphertext (48)
///     blob         := crypto/sealed_blob.h, for the purpose "database key"
///     check        := labelled SHA-256 of what follows: tells damage from a wrong passphrase
///     ciphertext   := XChaCha20-Poly1305 of the key under the 32 bytes that the keychain keeps, in hex, as
///                     "sotto-" ‖ entry in hex; first line and entry are authenticated too
///
/// The keys that authenticate the other small files are derived from it, so that they belong to one another.

#include "core/base/result.h"
#include "core/profile.h"
#include "crypto/sealed_blob.h"

namespace sotto::core {

enum class KeyRefusal { Damaged, WrongPassphrase, NoMemory, CostOutOfBounds };

Expected<Bytes, KeyRefusal> sealKey(const db::DatabaseKey& key, const SecretBytes& passphrase,
                                    const crypto::PassphraseCost& cost, Random& random);
Expected<db::DatabaseKey, KeyRefusal> openSealedKey(BytesView file, const SecretBytes& passphrase);

SecretBytes encodeKeyFile(const db::DatabaseKey& key);
std::optional<db::DatabaseKey> decodeKeyFile(BytesView file);

/// How what begins with these bytes is protected; nothing for what is no key file.
std::optional<KeyProtection> protectionOf(BytesView file);

/// The key under a secret of its own that goes to the keychain.
struct KeychainKey {
    Bytes file;
    std::string entry;
    SecretBytes secret; ///< hex
};
KeychainKey sealUnderKeychain(const db::DatabaseKey& key, Random& random);
/// Under which name the keychain has the secret of this file; nothing when the file is damaged.
std::optional<std::string> keychainEntry(BytesView file);
/// WrongPassphrase: the keychain's secret is another one.
Expected<db::DatabaseKey, KeyRefusal> openUnderKeychain(BytesView file, const SecretBytes& secret);

/// The key of one purpose (BLAKE2b keyed with the database key over the label). No purpose's key tells
/// another's.
Secret<32> deriveKey(const db::DatabaseKey& key, std::string_view label);

inline constexpr std::size_t kMaxKeyFileBytes = 1024;

} // namespace sotto::core
