// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What devices and signers sign towards the relay and towards each other, besides device lists: log-in,
/// registration and the prekey bundle. Each encodes to exact bytes under a label of its own; crypto signs,
/// everyone verifies.

#include "core/base/device_list.h"

namespace sotto {

/// Proves that a connection belongs to one device. Signed by its authentication key. Holds for one relay, one
/// connection and one TLS key only, so it can be neither replayed nor forwarded.
struct LoginStatement {
    DeviceAddress device;
    RelayId relay;
    Nonce nonce;       ///< the relay's, of this connection
    Digest tlsKeyHash; ///< SHA-256 of the SPKI the client saw; zero on a plain loopback link
};
Bytes encodeLoginStatement(const LoginStatement& statement);

/// Proves that whoever registers an account speaks for its account key: signed by the signer key that the
/// account key certified in the list.
struct RegistrationStatement {
    AccountId account;
    RelayId relay;
    Nonce nonce;
    Digest tlsKeyHash;
    Digest listHash; ///< deviceListHash() of the first list
    Bytes invite;
};
Bytes encodeRegistrationStatement(const RegistrationStatement& statement);

/// That an exported history is what this device had of it. Signed by the exporting device's authentication
/// key: nobody else's word is in it, so that what others wrote stays deniable (docs/SECURITY.md).
struct ExportStatement {
    DeviceAddress device;
    std::uint64_t lines = 0; ///< before the manifest
    Digest head;             ///< SHA-256 of the first line
    Digest history;          ///< SHA-256 of the lines after it
    Digest hashes;           ///< SHA-256 of the conversations' hashes, one after the other
};
Bytes encodeExportStatement(const ExportStatement& statement);

/// The medium-term half of a prekey bundle. One-time prekeys are handed out beside it, unsigned, as in X3DH
/// (signal.org/docs/specifications/x3dh, section 3.2); without one the signed prekey serves alone.
struct BundleStatement {
    DeviceAddress device;
    std::uint32_t registrationId = 0;
    std::uint32_t suites = kSuiteClassic;
    std::uint32_t signedPrekeyId = 0;
    Curve25519Key signedPrekey;
    Signature signedPrekeySignature; ///< XEdDSA by the identity key, in libsignal's form
    Bytes postQuantumPrekey;         ///< empty in suite 1
    std::int64_t createdAt = 0;      ///< milliseconds since 1970
    std::int64_t expiresAt = 0;
};
inline constexpr std::size_t kMaxBundleStatementBytes = 4096;
Bytes encodeBundleStatement(const BundleStatement& statement);

/// As it travels: the exact bytes and the device authentication key's signature over them.
struct SignedBundleStatement {
    Bytes bytes;
    Signature signature;
};
/// Decodes and checks the signature with the device's authentication key. Expiry and suites are the caller's
/// to judge.
Expected<BundleStatement, ListError> verifyBundleStatement(const SignedBundleStatement& statement,
                                                           const DeviceEntry& entry,
                                                           const AccountId& account);

} // namespace sotto
