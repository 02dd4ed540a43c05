// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/device_list.h"

#include "core/base/hash.h"
#include "core/base/signed_bytes.h"

#include <limits>

namespace sotto {
namespace {

constexpr std::string_view kDeviceLabel = "sotto device 1";
constexpr std::string_view kSignerLabel = "sotto signer 1";
constexpr std::string_view kListLabel = "sotto device list 1";
constexpr std::string_view kEntryLabel = "sotto device entry 1";
constexpr std::string_view kHashLabel = "sotto device list hash 1";
constexpr std::size_t kMaxEntryBytes = 512;

template <class Number>
Number narrow(std::uint64_t value, bool& good) {
    good = good && value <= std::numeric_limits<Number>::max();
    return static_cast<Number>(value);
}

Bytes encodeEntry(const DeviceEntry& entry) {
    return SignedBytesWriter(kEntryLabel)
        .number(number(entry.device))
        .bytes(entry.identityKey.view())
        .bytes(entry.authenticationKey.view())
        .number(entry.registrationId)
        .number(entry.suites)
        .bytes(entry.byIdentity.view())
        .bytes(entry.byAuthentication.view())
        .take();
}

std::optional<DeviceEntry> decodeEntry(BytesView bytes) {
    SignedBytesReader reader(kEntryLabel, bytes);
    bool good = true;
    DeviceEntry entry;
    entry.device = DeviceNumber{narrow<std::uint32_t>(reader.number(), good)};
    entry.identityKey = reader.fixed<Curve25519Key>();
    entry.authenticationKey = reader.fixed<Ed25519Key>();
    entry.registrationId = narrow<std::uint32_t>(reader.number(), good);
    entry.suites = narrow<std::uint32_t>(reader.number(), good);
    entry.byIdentity = reader.fixed<Signature>();
    entry.byAuthentication = reader.fixed<Signature>();
    return good && reader.finished() && number(entry.device) != 0 ? std::optional(entry) : std::nullopt;
}

std::optional<DeviceList> decodeDeviceList(BytesView bytes) {
    if (bytes.size() > kMaxDeviceListBytes) {
        return std::nullopt;
    }
    SignedBytesReader reader(kListLabel, bytes);
    DeviceList list;
    list.certificate.account = reader.fixed<AccountId>();
    list.certificate.signerEpoch = reader.number();
    list.certificate.signer = reader.fixed<Ed25519Key>();
    list.certificate.byAccount = reader.fixed<Signature>();
    list.version = reader.number();
    list.previous = reader.fixed<Digest>();
    list.name = textOf(reader.bytes(32));
    list.issuedAt = static_cast<std::int64_t>(reader.number());
    const std::uint64_t count = reader.number();
    if (!reader.good() || count == 0 || count > kMaxDevices) {
        return std::nullopt;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto entry = decodeEntry(reader.bytes(kMaxEntryBytes));
        if (!entry || (!list.devices.empty() && entry->device <= list.devices.back().device)) {
            return std::nullopt;
        }
        list.devices.push_back(*entry);
    }
    const bool numbered = list.certificate.signerEpoch >= 1 && list.version >= 1 && list.issuedAt >= 0;
    return reader.finished() && numbered && isAcceptableName(list.name) ? std::optional(list) : std::nullopt;
}

} // namespace

Bytes encodeDeviceStatement(const AccountId& account, const DeviceEntry& entry) {
    return SignedBytesWriter(kDeviceLabel)
        .bytes(account.view())
        .number(number(entry.device))
        .bytes(entry.identityKey.view())
        .bytes(entry.authenticationKey.view())
        .number(entry.registrationId)
        .number(entry.suites)
        .take();
}

Bytes encodeSignerStatement(const AccountId& account, std::uint64_t signerEpoch, const Ed25519Key& signer) {
    return SignedBytesWriter(kSignerLabel)
        .bytes(account.view())
        .number(signerEpoch)
        .bytes(signer.view())
        .take();
}

const DeviceEntry* DeviceList::find(DeviceNumber device) const {
    const auto found = std::find_if(devices.begin(), devices.end(),
                                    [&](const auto& entry) { return entry.device == device; });
    return found == devices.end() ? nullptr : &*found;
}

Bytes encodeDeviceList(const DeviceList& list) {
    SignedBytesWriter writer(kListLabel);
    writer.bytes(list.certificate.account.view())
        .number(list.certificate.signerEpoch)
        .bytes(list.certificate.signer.view())
        .bytes(list.certificate.byAccount.view())
        .number(list.version)
        .bytes(list.previous.view())
        .text(list.name)
        .number(static_cast<std::uint64_t>(list.issuedAt))
        .number(list.devices.size());
    for (const DeviceEntry& entry : list.devices) {
        writer.bytes(encodeEntry(entry));
    }
    return writer.take();
}

Digest deviceListHash(BytesView listBytes) {
    return labelledHash(kHashLabel, listBytes);
}

Expected<VerifiedDeviceList, ListError> verifyDeviceList(SignedDeviceList signedList) {
    auto list = decodeDeviceList(signedList.bytes);
    if (!list) {
        return unexpected(ListError::Malformed);
    }
    const SignerCertificate& certificate = list->certificate;
    const Ed25519Key accountKey{certificate.account.value};
    if (!isAcceptable(accountKey) || !isAcceptable(certificate.signer)) {
        return unexpected(ListError::BadKey);
    }
    const Bytes statement =
        encodeSignerStatement(certificate.account, certificate.signerEpoch, certificate.signer);
    if (!verifyEd25519(accountKey, statement, certificate.byAccount) ||
        !verifyEd25519(certificate.signer, signedList.bytes, signedList.signature)) {
        return unexpected(ListError::BadSignature);
    }
    for (const DeviceEntry& entry : list->devices) {
        if (!isAcceptable(entry.identityKey) || !isAcceptable(entry.authenticationKey)) {
            return unexpected(ListError::BadKey);
        }
        const Bytes own = encodeDeviceStatement(list->account(), entry);
        if (!verifyXeddsa(entry.identityKey, own, entry.byIdentity) ||
            !verifyEd25519(entry.authenticationKey, own, entry.byAuthentication)) {
            return unexpected(ListError::BadSignature);
        }
    }
    VerifiedDeviceList verified;
    verified.m_hash = deviceListHash(signedList.bytes);
    verified.m_list = std::move(*list);
    verified.m_signed = std::move(signedList);
    return verified;
}

Succession compareSuccession(const VerifiedDeviceList& known, const VerifiedDeviceList& offered) {
    const DeviceList& a = known.list();
    const DeviceList& b = offered.list();
    if (a.account() != b.account()) {
        return Succession::Unrelated;
    }
    const auto place = [](const DeviceList& list) {
        return std::pair(list.certificate.signerEpoch, list.version);
    };
    if (place(a) == place(b)) {
        return known.hash() == offered.hash() ? Succession::Same : Succession::Forked;
    }
    if (place(b) < place(a)) {
        return Succession::Older;
    }
    const bool sameSigner = a.certificate.signerEpoch == b.certificate.signerEpoch;
    if (sameSigner && (a.certificate.signer != b.certificate.signer ||
                       (b.version == a.version + 1 && b.previous != known.hash()))) {
        return Succession::Forked;
    }
    for (const DeviceEntry& entry : b.devices) {
        const DeviceEntry* before = a.find(entry.device);
        if (before != nullptr && (before->identityKey != entry.identityKey ||
                                  before->authenticationKey != entry.authenticationKey)) {
            return Succession::Forked;
        }
    }
    return Succession::Newer;
}

bool isAcceptableName(std::string_view name) {
    const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 32 && alphanumeric(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

} // namespace sotto
