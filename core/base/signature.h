// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Checking signatures and public keys: all that the relay knows of cryptography. Making signatures is
/// crypto's.

#include "core/base/ids.h"

namespace sotto {

/// Ed25519 (RFC 8032) with libsodium's strict rules: small-order keys and non-canonical values are refused.
bool verifyEd25519(const Ed25519Key& key, BytesView message, const Signature& signature);

/// XEdDSA as libsignal signs with a Curve25519 identity key (signal.org/docs/specifications/xeddsa, section
/// 4; the sign bit of the Edwards key travels in the top bit of the signature). Refuses keys that
/// isAcceptable() refuses.
bool verifyXeddsa(const Curve25519Key& key, BytesView message, const Signature& signature);

/// A Curve25519 public key that is canonical (below 2^255 - 19, top bit clear) and not of small order. Every
/// key of a peer passes here before any agreement: libsignal-protocol-c accepts the zero point
/// (docs/SECURITY.md).
bool isAcceptable(const Curve25519Key& key);
/// The same for Ed25519 keys: canonical, on the curve, in the main subgroup.
bool isAcceptable(const Ed25519Key& key);

} // namespace sotto
