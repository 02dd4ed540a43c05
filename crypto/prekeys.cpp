// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/prekeys.h"

#include "crypto/agreement.h"

namespace sotto::crypto {
namespace {

// Random ids of full width: they tell no count, and collide about never. The library treats 0xFFFFFF as a key
// that is never removed, and 0 means none.
constexpr std::uint32_t kNever = 0xFFFFFF;

bool isGivenOut(PrekeyId id) {
    return number(id) != 0 && number(id) != kNever;
}

PrekeyPair freshPair(Random& random) {
    PrekeyPair pair;
    random.fill(pair.privateKey.exposeWritable());
    clamp(pair.privateKey.exposeWritable());
    pair.publicKey = publicKeyOf(pair.privateKey.expose());
    return pair;
}

BundleRefusal refusalOf(ListError error) {
    switch (error) {
    case ListError::Malformed:
        return BundleRefusal::Malformed;
    case ListError::BadKey:
        return BundleRefusal::BadKey;
    case ListError::BadSignature:
        return BundleRefusal::BadSignature;
    }
    return BundleRefusal::Malformed;
}

} // namespace

Prekeys::Prekeys(ProtocolStore& store, const DeviceKeys& own, Random& random)
    : m_store(store)
    , m_own(own)
    , m_random(random) {}

Result<PrekeyId> Prekeys::freshId() {
    while (true) {
        std::array<std::uint8_t, 4> bytes;
        m_random.fill(bytes);
        std::uint32_t value = 0;
        for (const std::uint8_t byte : bytes) {
            value = value << 8 | byte;
        }
        const PrekeyId id{value};
        if (!isGivenOut(id)) {
            continue;
        }
        const auto reservation = m_store.reservePrekeyId(id);
        if (!reservation) {
            return unexpected(reservation.error());
        }
        if (*reservation == IdReservation::Reserved) {
            return id;
        }
    }
}

Result<SignedBundleStatement> Prekeys::makeSigned(const DeviceAddress& own, WallTime now,
                                                  Milliseconds lifetime) {
    const auto id = freshId();
    if (!id) {
        return unexpected(id.error());
    }
    const PrekeyPair pair = freshPair(m_random);
    if (const auto stored = m_store.storeSignedPrekey(*id, pair, now); !stored) {
        return unexpected(stored.error());
    }
    BundleStatement statement;
    statement.device = own;
    statement.registrationId = m_own.registrationId();
    statement.signedPrekeyId = number(*id);
    statement.signedPrekey = pair.publicKey;
    statement.signedPrekeySignature = m_own.signPrekey(pair.publicKey, m_random);
    statement.createdAt = unixMilliseconds(now);
    statement.expiresAt = unixMilliseconds(now + lifetime);
    return m_own.sign(statement);
}

Result<std::vector<OneTimePrekey>> Prekeys::makeOneTime(std::size_t count) {
    std::vector<OneTimePrekey> prekeys;
    prekeys.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = freshId();
        if (!id) {
            return unexpected(id.error());
        }
        const PrekeyPair pair = freshPair(m_random);
        if (const auto stored = m_store.storeOneTimePrekey(*id, pair); !stored) {
            return unexpected(stored.error());
        }
        prekeys.push_back({*id, pair.publicKey});
    }
    return prekeys;
}

Expected<VerifiedBundle, BundleRefusal> verifyBundle(const PrekeyBundle& bundle,
                                                     const VerifiedDeviceList& newest, DeviceNumber device,
                                                     WallTime now) {
    const DeviceEntry* entry = newest.list().find(device);
    if (entry == nullptr) {
        return unexpected(BundleRefusal::UnknownDevice);
    }
    const auto statement = verifyBundleStatement(bundle.statement, *entry, newest.list().account());
    if (!statement) {
        return unexpected(refusalOf(statement.error()));
    }
    if ((statement->suites & entry->suites) != entry->suites || (statement->suites & kSuiteClassic) == 0) {
        return unexpected(BundleRefusal::FewerSuites);
    }
    if (statement->expiresAt <= unixMilliseconds(now)) {
        return unexpected(BundleRefusal::Expired);
    }
    if (!isGivenOut(PrekeyId{statement->signedPrekeyId}) || !isAcceptable(statement->signedPrekey)) {
        return unexpected(BundleRefusal::BadKey);
    }
    if (!verifyXeddsa(entry->identityKey, signalForm(statement->signedPrekey),
                      statement->signedPrekeySignature)) {
        return unexpected(BundleRefusal::BadSignature);
    }
    if (bundle.oneTime && (!isGivenOut(bundle.oneTime->id) || !isAcceptable(bundle.oneTime->key))) {
        return unexpected(BundleRefusal::BadKey);
    }
    VerifiedBundle verified;
    verified.m_device = {newest.list().account(), device};
    verified.m_identityKey = entry->identityKey;
    verified.m_signedPrekeyId = PrekeyId{statement->signedPrekeyId};
    verified.m_signedPrekey = statement->signedPrekey;
    verified.m_oneTime = bundle.oneTime;
    return verified;
}

} // namespace sotto::crypto
