// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The key pair that backups are encrypted to: derived from the recovery code, so that whoever has the code
/// opens them, while a device keeps the public half alone: it writes backups and cannot read them.
///
/// The public half is shown to nobody. A backup that opens was therefore written by somebody who had this
/// account's profile open.

#include "core/base/ids.h"
#include "crypto/recovery_code.h"

namespace sotto::crypto {

class BackupKey {
public:
    explicit BackupKey(const RecoveryCode& code);
    const Curve25519Key& publicKey() const { return m_public; }
    /// The key of the backup that began with this ephemeral key; nothing when that is no good point.
    std::optional<Secret<32>> streamKey(const Curve25519Key& ephemeral) const;

private:
    Secret<32> m_secret;
    Curve25519Key m_public;
};

/// A fresh key for one backup, and what stands in it so that BackupKey::streamKey() finds the same.
struct SealedStreamKey {
    Curve25519Key ephemeral;
    Secret<32> key;
};
std::optional<SealedStreamKey> newStreamKey(const Curve25519Key& recipient, Random& random);

} // namespace sotto::crypto
