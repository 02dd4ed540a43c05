// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/safety_number.h"
#include "crypto/sealed_blob.h"

#include <QTest>

using namespace sotto;
using namespace sotto::crypto;

namespace {

constexpr PassphraseCost kCheap{1, 8};
constexpr std::string_view kPurpose = "test";

Bytes sealed(std::string_view passphrase, std::string_view secret) {
    SystemRandom random;
    return sealBlob(kPurpose, viewOf(passphrase), viewOf(secret), kCheap, random).value();
}
void putNumber(Bytes& blob, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
        blob[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    }
}

/// libsignal's numeric fingerprint of one side, computed apart from it: SHA-512 over version ‖ key ‖
/// identifier, then 5,199 times over the hash so far ‖ key; six groups of five bytes, each modulo 100,000.
std::string halfOf(const AccountId& account) {
    const std::string hex = account.hex();
    Bytes key = {0x05};
    key.insert(key.end(), account.value.begin(), account.value.end());
    Bytes input = {0, 0};
    input.insert(input.end(), key.begin(), key.end());
    input.insert(input.end(), hex.begin(), hex.end());
    Bytes hash(64);
    for (int i = 0; i < 5200; ++i) {
        Bytes message = i == 0 ? input : hash;
        message.insert(message.end(), key.begin(), key.end());
        crypto_hash_sha512(hash.data(), message.data(), message.size());
    }
    std::string digits;
    for (std::size_t group = 0; group < 6; ++group) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            value = value << 8 | hash[group * 5 + i];
        }
        const std::string text = std::to_string(value % 100000);
        digits += std::string(5 - text.size(), '0') + text;
    }
    return digits;
}

} // namespace

class TestBlobs : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void whatAPassphraseSealsItOpens() {
        for (const std::string_view secret : {"", "x", "a database key of thirty-two byte"}) {
            const auto opened = openBlob(kPurpose, viewOf("correct horse"), sealed("correct horse", secret));
            QVERIFY(opened.has_value());
            QVERIFY(textOf(opened->expose()) == secret);
        }
    }
    void aWrongPassphraseIsToldFromADamagedFile() {
        const Bytes blob = sealed("right", "secret");
        QVERIFY(openBlob(kPurpose, viewOf("wrong"), blob).error() == BlobRefusal::WrongPassphrase);
        QVERIFY(openBlob(kPurpose, viewOf(""), blob).error() == BlobRefusal::WrongPassphrase);
        Bytes damaged = blob;
        damaged.back() ^= 1;
        QVERIFY(openBlob(kPurpose, viewOf("right"), damaged).error() == BlobRefusal::Malformed);
        QVERIFY(openBlob("another purpose", viewOf("right"), blob).error() == BlobRefusal::Malformed);
    }
    void everyFlippedBitIsRefused() {
        Bytes blob = sealed("right", "secret");
        for (std::size_t i = 0; i < blob.size(); ++i) {
            blob[i] ^= 0x04;
            QVERIFY2(!openBlob(kPurpose, viewOf("right"), blob), qPrintable(QString::number(i)));
            blob[i] ^= 0x04;
        }
        for (std::size_t size = 0; size < blob.size(); ++size) {
            QVERIFY(!openBlob(kPurpose, viewOf("right"), BytesView(blob).first(size)));
        }
    }
    void aHostileFileCannotDemandMemoryOrTime() {
        Bytes blob = sealed("right", "secret");
        const std::size_t passes = std::string_view("sotto blob 1").size();
        for (const auto& [at, value] :
             std::vector<std::pair<std::size_t, std::uint32_t>>{{passes, 0},
                                                                {passes, 17},
                                                                {passes, 0xFFFFFFFF},
                                                                {passes + 4, 7},
                                                                {passes + 4, 1024 * 1024 + 1},
                                                                {passes + 4, 0xFFFFFFFF}}) {
            Bytes hostile = blob;
            putNumber(hostile, at, value);
            QVERIFY(openBlob(kPurpose, viewOf("right"), hostile).error() == BlobRefusal::Malformed);
        }
        Bytes huge = blob;
        huge.resize(huge.size() + kMaxBlobSecret + 1);
        QVERIFY(openBlob(kPurpose, viewOf("right"), huge).error() == BlobRefusal::Malformed);
        SystemRandom random;
        QVERIFY(sealBlob(kPurpose, viewOf("x"), Bytes(kMaxBlobSecret + 1), kCheap, random).error() ==
                BlobRefusal::Malformed);
        QVERIFY(sealBlob(kPurpose, viewOf("x"), {}, {17, 8}, random).error() == BlobRefusal::Malformed);
    }

    void bothSidesSeeOneSafetyNumber() {
        SystemRandom random;
        const auto alice = random.next<AccountId>();
        const auto bob = random.next<AccountId>();
        const SafetyNumber hers(alice, bob);
        QVERIFY(hers == SafetyNumber(bob, alice));
        QVERIFY(!(hers == SafetyNumber(alice, random.next<AccountId>())));
        QCOMPARE(hers.digits().size(), std::size_t{60});
        QVERIFY(std::all_of(hers.digits().begin(), hers.digits().end(),
                            [](char c) { return c >= '0' && c <= '9'; }));
        QCOMPARE(hers.grouped().size(), std::size_t{71});
        QVERIFY(hers.grouped().substr(0, 12) ==
                hers.digits().substr(0, 5) + ' ' + hers.digits().substr(5, 5) + ' ');
    }
    /// Fact 11: with a SHA-512 whose final does not begin anew, or with no iterations, the library gives
    /// other digits and no error.
    void fact11_safetyNumbersAreIteratedAsTheyShould() {
        SystemRandom random;
        const auto alice = random.next<AccountId>();
        const auto bob = random.next<AccountId>();
        const std::string one = halfOf(alice);
        const std::string two = halfOf(bob);
        const std::string expected = std::min(one, two) + std::max(one, two);
        QVERIFY(SafetyNumber(alice, bob).digits() == expected);
    }
};

QTEST_GUILESS_MAIN(TestBlobs)
#include "test_blobs.moc"
