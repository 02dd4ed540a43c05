// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The content of a send, padded and sealed once under a key of its own, for all recipients alike:
///
///     payload := suite ‖ commit (32) ‖ XChaCha20-Poly1305(u32 length ‖ content ‖ zeros)
/// (key, commit) comes from the payload key, so that no second key opens the same bytes to something else.

#include "core/base/secret.h"
#include "crypto/header.h"

namespace sotto::crypto {

inline constexpr std::size_t kMaxPayloadBytes = 120 * 1024;
inline constexpr std::size_t kPayloadOverhead = 1 + 32 + 4 + 16; ///< suite, commit, content length, tag
inline constexpr std::size_t kMaxContentBytes = kMaxPayloadBytes - kPayloadOverhead;

struct SealedPayload {
    Bytes bytes;
    ShortSecret<32> key; ///< fresh: seals this content and nothing else
    Digest digest;       ///< of the exact bytes
};

/// content: at most kMaxContentBytes; longer is a bug of the caller's limits (std::length_error).
SealedPayload sealPayload(BytesView content, Random& random);

Digest payloadDigest(BytesView payload);

enum class PayloadRefusal {
    WrongDigest, ///< not the bytes the header speaks of: still missing
    UnknownSuite,
    Undecryptable, ///< the digest is right and the key is not, or the padding is wrong: the author's fault
};
Expected<Bytes, PayloadRefusal> openPayload(BytesView payload, const ShortSecret<32>& key,
                                            const Digest& digest);

/// Size on the wire for a content of this size: one of at most 64, the smallest 512.
std::size_t payloadSize(std::size_t contentBytes);

} // namespace sotto::crypto
