// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A small secret locked by a passphrase (Argon2id, then XChaCha20-Poly1305). The cost travels in the blob
/// and is checked before any memory is asked for, so a hostile file cannot demand more than kMaxCost.
///     blob := "sotto blob 1" ‖ u32 passes ‖ u32 memory in KiB ‖ salt (16) ‖ nonce (24) ‖ check (16) ‖
///     ciphertext

#include "core/base/result.h"
#include "core/base/secret.h"

namespace sotto::crypto {

struct PassphraseCost {
    std::uint32_t passes = 3;
    std::uint32_t memoryKiB = 256 * 1024;
};
inline constexpr PassphraseCost kMinCost{1, 8};
inline constexpr PassphraseCost kMaxCost{16, 1024 * 1024};
inline constexpr std::size_t kMaxBlobSecret = 64 * 1024;

enum class BlobRefusal {
    Malformed, ///< not a blob, damaged, or of a cost outside the bounds
    WrongPassphrase,
    NoMemory, ///< the cost is within bounds but this machine cannot pay it now
};

/// purpose: what the blob is for; it opens under the same purpose only.
Expected<Bytes, BlobRefusal> sealBlob(std::string_view purpose, BytesView passphrase, BytesView secret,
                                      const PassphraseCost& cost, Random& random);
Expected<SecretBytes, BlobRefusal> openBlob(std::string_view purpose, BytesView passphrase, BytesView blob);

} // namespace sotto::crypto
