// SPDX-License-Identifier: GPL-3.0-or-later
/// Signed device lists and bundle statements. The first byte chooses: 0, bytes that nobody signed; 1, a valid
/// list and edits of it, three bytes each (where, two; how, one), under its old signature; 2, the same edits
/// signed anew by the true signer, as a hostile account would.
#include "core/base/statements.h"
#include "crypto/account_keys.h"
#include "crypto/device_keys.h"
#include "tests/fuzz/fuzzed.h"
#include "tests/support/seeded_random.h"

#include <cstdlib>
#include <sodium.h>

using namespace sotto;

namespace {

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

/// An account whose signer key is at hand as bytes: crypto signs no list that it did not encode itself.
class Account {
public:
    Account() {
        test::SeededRandom random(1);
        const crypto::AccountRoot root(crypto::RecoveryCode::generate(random));
        Ed25519Key signer;
        const auto seed = random.next<Digest>();
        crypto_sign_seed_keypair(signer.value.data(), m_secret.data(), seed.value.data());
        DeviceList list;
        list.certificate = root.certify(3, signer);
        list.version = 7;
        list.previous = random.next<Digest>();
        list.name = "alice";
        list.issuedAt = 1'700'000'000'000;
        for (std::uint32_t number = 1; number <= 3; ++number) {
            list.devices.push_back(
                crypto::DeviceKeys::generate(random).entry(root.account(), DeviceNumber{number}, random));
        }
        m_list = sign(encodeDeviceList(list));
        m_verified.emplace(verifyDeviceList(m_list).value());
    }
    SignedDeviceList sign(Bytes bytes) const {
        SignedDeviceList made{std::move(bytes), {}};
        crypto_sign_detached(made.signature.value.data(), nullptr, made.bytes.data(), made.bytes.size(),
                             m_secret.data());
        return made;
    }
    const SignedDeviceList& list() const { return m_list; }
    const VerifiedDeviceList& verified() const { return *m_verified; }

private:
    std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> m_secret{};
    SignedDeviceList m_list;
    std::optional<VerifiedDeviceList> m_verified;
};

Bytes edited(Bytes bytes, BytesView edits) {
    for (; edits.size() >= 3; edits = edits.subspan(3)) {
        const std::size_t where = (edits[0] * 256U + edits[1]) % (bytes.size() + 1);
        if (where == bytes.size()) {
            bytes.push_back(edits[2]);
        } else if (edits[2] == 0) {
            bytes.resize(where + 1);
        } else {
            bytes[where] ^= edits[2];
        }
    }
    return bytes;
}

bool unsignedBytes(BytesView input) {
    const Bytes bytes = bytesOf(input);
    need(!verifyDeviceList({bytes, {}}));
    need(!verifyBundleStatement({bytes, {}}, {}, {}));
    return true;
}

bool underTheOldSignature(const Account& account, BytesView edits) {
    const SignedDeviceList list{edited(account.list().bytes, edits), account.list().signature};
    const auto verified = verifyDeviceList(list);
    need(verified.has_value() == (list.bytes == account.list().bytes));
    return verified.has_value();
}

bool signedAnew(const Account& account, BytesView edits) {
    const auto verified = verifyDeviceList(account.sign(edited(account.list().bytes, edits)));
    if (!verified) {
        return false;
    }
    // One list has one encoding, and no edit changes who speaks or what a device says of itself.
    need(encodeDeviceList(verified->list()) == verified->signedList().bytes);
    need(verified->list().certificate == account.verified().list().certificate);
    need(verified->list().devices.size() <= kMaxDevices && isAcceptableName(verified->list().name));
    for (const DeviceEntry& entry : verified->list().devices) {
        const DeviceEntry* known = account.verified().list().find(entry.device);
        need(known != nullptr && *known == entry);
    }
    const Succession there = compareSuccession(account.verified(), *verified);
    need((there == Succession::Same) == (verified->hash() == account.verified().hash()));
    return true;
}

} // namespace

bool fuzzed(BytesView input) {
    static const Account account;
    if (input.empty()) {
        return false;
    }
    switch (input[0] % 3) {
    case 0:
        return unsignedBytes(input.subspan(1));
    case 1:
        return underTheOldSignature(account, input.subspan(1));
    default:
        return signedAnew(account, input.subspan(1));
    }
}
