// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who the other end of a TLS connection is: the hash of its public key, and nothing else. No certificate
/// authority, name or date is looked at (docs/PROTOCOL.md, "Keys and device lists": the pin is the only
/// authority).

#include "core/base/ids.h"

#include <QByteArray>
#include <optional>

namespace sotto::net {

/// SHA-256 of the SubjectPublicKeyInfo in a DER certificate; nothing when it is not a certificate.
std::optional<Digest> publicKeyHash(const QByteArray& certificate);

} // namespace sotto::net
