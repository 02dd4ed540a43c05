// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Alice, Bob and the others as far as crypto knows them: keys, a store, sessions, and what they publish.

#include "crypto/account_keys.h"
#include "crypto/device_keys.h"
#include "crypto/sessions.h"
#include "tests/support/memory_protocol_store.h"
#include "tests/support/seeded_random.h"

namespace sotto::crypto {

class TestClock final : public Clock {
public:
    WallTime now = wallTime(1'800'000'000'000);
    WallTime wall() const override { return now; }
    SteadyTime steady() const override {
        return SteadyTime(std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()));
    }
};

/// One account with one device.
struct Party {
    /// With a seed, the same keys and ids in every run.
    explicit Party(std::string accountName, std::optional<std::uint64_t> seed = {})
        : random(seed ? *seed : SystemRandom().below(~std::uint64_t{0}))
        , name(std::move(accountName))
        , code(RecoveryCode::generate(random))
        , root(code)
        , signer(SignerKey::generate(random))
        , keys(DeviceKeys::generate(random))
        , address{root.account(), DeviceNumber{1}}
        , prekeys(store, keys, random)
        , sessions(store, keys, random, clock) {}

    DeviceList makeList() const {
        DeviceList list;
        list.certificate = root.certify(1, signer.publicKey());
        list.version = 1;
        list.name = name;
        list.issuedAt = unixMilliseconds(clock.now);
        list.devices.push_back(keys.entry(root.account(), address.device, random));
        return list;
    }
    VerifiedDeviceList list() const { return verifyDeviceList(signer.sign(makeList())).value(); }
    SignedBundleStatement& statement() {
        if (!published) {
            published = prekeys.makeSigned(address, clock.now, std::chrono::days(30)).value();
        }
        return *published;
    }
    PrekeyBundle bundle(bool withOneTime = true) {
        PrekeyBundle offered{statement(), std::nullopt};
        if (withOneTime) {
            offered.oneTime = prekeys.makeOneTime(1).value().front();
        }
        return offered;
    }
    /// Starts a session with a fresh bundle of the other.
    Result<void> startWith(Party& other, bool withOneTime = true) {
        return sessions.start(
            verifyBundle(other.bundle(withOneTime), other.list(), other.address.device, clock.now).value());
    }
    HeaderPlaintext headerFor(const Party& other) {
        HeaderPlaintext header;
        header.sendId = random.next<SendId>();
        header.messageId = random.next<MessageId>();
        header.payloadKey = ShortSecret<32>::random(random);
        header.payloadDigest = random.next<Digest>();
        header.senderAccount = accountHash(address.account);
        header.senderDevice = address.device;
        header.recipientAccount = accountHash(other.address.account);
        header.recipientDevice = other.address.device;
        header.senderList = {1, 1, random.next<Digest>()};
        header.recipientList = {1, 2, random.next<Digest>()};
        header.seqBase = 7;
        return header;
    }
    Result<Bytes> sealFor(const Party& other) {
        return sessions.seal(other.address, other.keys.identityKey(), headerFor(other));
    }
    Result<OpenedHeader> openFrom(const Party& other, BytesView header) {
        return sessions.open(other.address, other.keys.identityKey(), header);
    }
    /// Opens as core does: in a savepoint that is rolled back on any error.
    Result<OpenedHeader> receiveFrom(const Party& other, BytesView header) {
        const auto before = store.snapshot();
        auto opened = openFrom(other, header);
        if (!opened) {
            store.rollBack(before);
        }
        return opened;
    }

    mutable test::SeededRandom random;
    TestClock clock;
    std::string name;
    RecoveryCode code;
    AccountRoot root;
    SignerKey signer;
    DeviceKeys keys;
    DeviceAddress address;
    MemoryProtocolStore store;
    Prekeys prekeys;
    Sessions sessions;
    std::optional<SignedBundleStatement> published;
};

} // namespace sotto::crypto
