// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/agreement.h"
#include "tests/crypto/party.h"
#include "tests/crypto/small_order.h"

#include <QTest>

using namespace sotto;
using namespace sotto::crypto;

namespace {

/// Gives chosen numbers first, then random ones.
class ChosenRandom final : public Random {
public:
    explicit ChosenRandom(std::vector<std::uint32_t> numbers)
        : m_numbers(std::move(numbers)) {}
    void fill(std::span<std::uint8_t> bytes) override {
        if (bytes.size() == 4 && m_next < m_numbers.size()) {
            for (std::size_t i = 0; i < 4; ++i) {
                bytes[i] = static_cast<std::uint8_t>(m_numbers[m_next] >> (24 - 8 * i));
            }
            ++m_next;
            return;
        }
        m_random.fill(bytes);
    }

private:
    std::vector<std::uint32_t> m_numbers;
    std::size_t m_next = 0;
    SystemRandom m_random;
};

/// A statement of Bob's as a modified Bob would sign it.
SignedBundleStatement statementOf(Party& bob, const std::function<void(BundleStatement&)>& change) {
    const DeviceEntry entry = bob.makeList().devices[0];
    BundleStatement statement = verifyBundleStatement(bob.statement(), entry, bob.address.account).value();
    change(statement);
    return bob.keys.sign(statement);
}

BundleRefusal refusal(Party& bob, const PrekeyBundle& bundle, std::optional<WallTime> now = {}) {
    return verifyBundle(bundle, bob.list(), bob.address.device, now.value_or(bob.clock.now)).error();
}

} // namespace

class TestPrekeys : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aBundleStandsUpToTheNewestList() {
        Party bob("bob");
        const auto bundle = bob.bundle();
        const auto verified = verifyBundle(bundle, bob.list(), bob.address.device, bob.clock.now);
        QVERIFY(verified.has_value());
        QVERIFY(verified->device() == bob.address);
        QVERIFY(verified->identityKey() == bob.keys.identityKey());
        QVERIFY(verified->oneTime() == bundle.oneTime);
        QVERIFY(verifyBundle(bob.bundle(false), bob.list(), bob.address.device, bob.clock.now).has_value());
    }
    void case03_aStatementSignedByAnotherDeviceIsRefused() {
        Party bob("bob");
        Party mallory("mallory");
        QVERIFY(refusal(bob, mallory.bundle()) == BundleRefusal::BadSignature);
        auto bundle = bob.bundle();
        bundle.statement.signature.value[7] ^= 1;
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadSignature);
        bundle = bob.bundle();
        bundle.statement.bytes.back() ^= 1;
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadSignature);
    }
    void case03_aSignedPrekeyWithoutTheIdentitysSignatureIsRefused() {
        Party bob("bob");
        Party mallory("mallory");
        PrekeyBundle bundle = bob.bundle();
        bundle.statement = statementOf(
            bob, [](BundleStatement& statement) { statement.signedPrekeySignature.value[0] ^= 1; });
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadSignature);
        bundle.statement = statementOf(bob, [&](BundleStatement& statement) {
            statement.signedPrekeySignature = mallory.keys.signPrekey(statement.signedPrekey, mallory.random);
        });
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadSignature);
    }
    void case03_anExpiredStatementIsRefused() {
        Party bob("bob");
        const auto bundle = bob.bundle();
        QVERIFY(verifyBundle(bundle, bob.list(), bob.address.device,
                             bob.clock.now + std::chrono::days(30) - Milliseconds(1))
                    .has_value());
        QVERIFY(refusal(bob, bundle, bob.clock.now + std::chrono::days(30)) == BundleRefusal::Expired);
    }
    void case03_aStatementForAnotherDeviceIsRefused() {
        Party bob("bob");
        const auto bundle = bob.bundle();
        QVERIFY(verifyBundle(bundle, bob.list(), DeviceNumber{2}, bob.clock.now).error() ==
                BundleRefusal::UnknownDevice);
        Party other("other");
        PrekeyBundle relabelled = bundle;
        relabelled.statement =
            statementOf(bob, [&](BundleStatement& statement) { statement.device = other.address; });
        QVERIFY(refusal(bob, relabelled) == BundleRefusal::BadSignature);
    }
    void case24_aStatementWithFewerSuitesIsRefused() {
        Party bob("bob");
        PrekeyBundle bundle = bob.bundle();
        bundle.statement = statementOf(bob, [](BundleStatement& statement) { statement.suites = 0; });
        QVERIFY(refusal(bob, bundle) == BundleRefusal::FewerSuites);
        bundle.statement = statementOf(bob, [](BundleStatement& statement) { statement.suites = 2; });
        QVERIFY(refusal(bob, bundle) == BundleRefusal::FewerSuites);
        bundle.statement = statementOf(bob, [](BundleStatement& statement) { statement.suites = 3; });
        QVERIFY(verifyBundle(bundle, bob.list(), bob.address.device, bob.clock.now).has_value());
    }
    void case04_lowOrderPrekeysAreRefusedBeforeAnyAgreement() {
        Party bob("bob");
        const VerifiedDeviceList list = bob.list();
        for (const Curve25519Key& point : smallOrderAndNonCanonicalPoints()) {
            PrekeyBundle bundle = bob.bundle();
            bundle.oneTime->key = point;
            PrekeyBundle other = bob.bundle();
            other.statement = statementOf(bob, [&](BundleStatement& statement) {
                statement.signedPrekey = point;
                statement.signedPrekeySignature = bob.keys.signPrekey(point, bob.random);
            });
            const auto before = agreementsMade();
            QVERIFY(verifyBundle(bundle, list, bob.address.device, bob.clock.now).error() ==
                    BundleRefusal::BadKey);
            QVERIFY(verifyBundle(other, list, bob.address.device, bob.clock.now).error() ==
                    BundleRefusal::BadKey);
            QCOMPARE(agreementsMade(), before);
        }
    }
    void case04_lowOrderIdentityKeysAreRefusedInTheList() {
        Party bob("bob");
        for (const Curve25519Key& point : smallOrderAndNonCanonicalPoints()) {
            auto list = bob.makeList();
            list.devices[0].identityKey = point;
            QVERIFY(verifyDeviceList(bob.signer.sign(list)).error() == ListError::BadKey);
        }
    }
    void prekeyIdsAreRandomAndNeverReused() {
        Party bob("bob");
        std::set<PrekeyId> seen;
        for (int batch = 0; batch < 3; ++batch) {
            const auto prekeys = bob.prekeys.makeOneTime(100).value();
            for (const OneTimePrekey& prekey : prekeys) {
                QVERIFY(seen.insert(prekey.id).second);
                QVERIFY(isAcceptable(prekey.key));
                QVERIFY(bob.store.removeOneTimePrekey(prekey.id).has_value());
            }
            QVERIFY(std::adjacent_find(prekeys.begin(), prekeys.end(), [](const auto& a, const auto& b) {
                        return number(b.id) == number(a.id) + 1;
                    }) == prekeys.end());
        }
    }
    /// Fact 11: the library never removes prekey 0xFFFFFF after use. And an id of a prekey long gone stays
    /// used.
    void fact11_trapIdsAndUsedIdsAreNotGivenOut() {
        Party bob("bob");
        ChosenRandom random({0, 0xFFFFFF, 77, 0, 77, 78});
        Prekeys prekeys(bob.store, bob.keys, random);
        const auto first = prekeys.makeOneTime(1).value();
        QCOMPARE(number(first[0].id), 77U);
        QVERIFY(bob.store.removeOneTimePrekey(first[0].id).has_value());
        QCOMPARE(number(prekeys.makeOneTime(1).value()[0].id), 78U);
        // Nor is such an id taken from anyone else.
        PrekeyBundle bundle = bob.bundle();
        bundle.oneTime->id = PrekeyId{0xFFFFFF};
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadKey);
        bundle.oneTime->id = PrekeyId{0};
        QVERIFY(refusal(bob, bundle) == BundleRefusal::BadKey);
    }
    void aFailingStoreIsReported() {
        Party bob("bob");
        bob.store.failWritesAfter(0);
        QVERIFY(bob.prekeys.makeOneTime(1).error() == Error::Storage);
        QVERIFY(bob.prekeys.makeSigned(bob.address, bob.clock.now, std::chrono::days(30)).error() ==
                Error::Storage);
        bob.store.failWritesAfter(1);
        QVERIFY(bob.prekeys.makeOneTime(1).error() == Error::Storage);
    }
};

QTEST_GUILESS_MAIN(TestPrekeys)
#include "test_prekeys.moc"
