// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who an account's devices are, signed. Reading and checking only: signatures are made by crypto. The relay
/// and every client check a list the same way, with this code (docs/PROTOCOL.md, "Keys and device lists").

#include "core/base/result.h"
#include "core/base/signature.h"

#include <string>
#include <vector>

namespace sotto {

inline constexpr std::size_t kMaxDevices = 32;
inline constexpr std::size_t kMaxDeviceListBytes = 16 * 1024;
/// Bit 0: X3DH and double ratchet with Curve25519 (libsignal v3). More bits follow with post-quantum suites.
inline constexpr std::uint32_t kSuiteClassic = 1;

/// One device as its account lists it. Both signatures are the device's own, over encodeDeviceStatement():
/// nobody can list somebody else's device.
struct DeviceEntry {
    DeviceNumber device{};
    Curve25519Key identityKey;
    Ed25519Key authenticationKey;
    std::uint32_t registrationId = 0;
    std::uint32_t suites = kSuiteClassic;
    Signature byIdentity;       ///< XEdDSA
    Signature byAuthentication; ///< Ed25519
    friend bool operator==(const DeviceEntry&, const DeviceEntry&) = default;
};
/// What a device signs of itself: {account, device, keys, registration id, suites}.
Bytes encodeDeviceStatement(const AccountId& account, const DeviceEntry& entry);

/// The account key's word on which key signs its device lists. A higher epoch supersedes every signer and
/// list of a lower one.
struct SignerCertificate {
    AccountId account;
    std::uint64_t signerEpoch = 0; ///< from 1
    Ed25519Key signer;
    Signature byAccount; ///< Ed25519 by the account key over encodeSignerStatement()
    friend bool operator==(const SignerCertificate&, const SignerCertificate&) = default;
};
Bytes encodeSignerStatement(const AccountId& account, std::uint64_t signerEpoch, const Ed25519Key& signer);

struct DeviceList {
    SignerCertificate certificate;
    std::uint64_t version = 0; ///< from 1, within one signer epoch
    Digest previous;           ///< deviceListHash() of the list before; zero for an account's first
    std::string name;          ///< the account's name at its relay
    std::int64_t issuedAt = 0; ///< milliseconds since 1970
    std::vector<DeviceEntry> devices;

    const AccountId& account() const { return certificate.account; }
    const DeviceEntry* find(DeviceNumber device) const;
    friend bool operator==(const DeviceList&, const DeviceList&) = default;
};
/// The bytes that the signer signs. Devices are encoded in the order given, which must be ascending.
Bytes encodeDeviceList(const DeviceList& list);

/// A list as it travels and is stored: the exact bytes, and the signer's Ed25519 signature over them.
struct SignedDeviceList {
    Bytes bytes;
    Signature signature;
    friend bool operator==(const SignedDeviceList&, const SignedDeviceList&) = default;
};
Digest deviceListHash(BytesView listBytes);

enum class ListError {
    Malformed,    ///< not a list, or over a limit
    BadKey,       ///< a key of small order or not canonical
    BadSignature, ///< certificate, list or one of a device's own two signatures
};

/// A list whose every signature and key has been checked. Made only by verifyDeviceList().
class VerifiedDeviceList {
public:
    const DeviceList& list() const { return m_list; }
    const SignedDeviceList& signedList() const { return m_signed; }
    const Digest& hash() const { return m_hash; }

private:
    friend Expected<VerifiedDeviceList, ListError> verifyDeviceList(SignedDeviceList);
    VerifiedDeviceList() = default;
    DeviceList m_list;
    SignedDeviceList m_signed;
    Digest m_hash;
};
Expected<VerifiedDeviceList, ListError> verifyDeviceList(SignedDeviceList signedList);

/// How an offered list stands to the newest one known of the same account.
enum class Succession {
    Same,
    Newer,     ///< a valid successor: use it
    Older,     ///< refuse; answer with ours
    Forked,    ///< same place, other content, or a device number with other keys: refuse and raise an alarm
    Unrelated, ///< another account
};
Succession compareSuccession(const VerifiedDeviceList& known, const VerifiedDeviceList& offered);

/// Names at a relay: 1–32 of a–z, 0–9, '.', '_', '-', beginning with a letter or digit.
bool isAcceptableName(std::string_view name);

} // namespace sotto
