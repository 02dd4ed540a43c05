// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/payload.h"

#include <QTest>
#include <set>

using namespace sotto;
using namespace sotto::crypto;

namespace {

Bytes content(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 31 + 7);
    }
    return bytes;
}

ShortSecret<32> copyOf(const ShortSecret<32>& key) {
    return *ShortSecret<32>::from(key.expose());
}

} // namespace

class TestPayload : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void whatWasSealedIsOpenedAtEverySizeBorder() {
        SystemRandom random;
        std::vector<std::size_t> sizes = {0, 1, 160, kMaxContentBytes - 1, kMaxContentBytes};
        for (std::size_t size = 1; size < kMaxContentBytes; size = payloadSize(size) - kPayloadOverhead + 1) {
            sizes.push_back(size - 1);
            sizes.push_back(size);
        }
        for (const std::size_t size : sizes) {
            const auto sealed = sealPayload(content(size), random);
            QCOMPARE(sealed.bytes.size(), payloadSize(size));
            QVERIFY(sealed.digest == payloadDigest(sealed.bytes));
            QVERIFY(openPayload(sealed.bytes, sealed.key, sealed.digest) == content(size));
        }
        QVERIFY_EXCEPTION_THROWN(sealPayload(content(kMaxContentBytes + 1), random), std::length_error);
    }
    void case32_shortTextsAllHaveOneSize() {
        // What a content of 160 letters takes besides its text stays well under 280 bytes.
        for (std::size_t size = 1; size <= 160 + 280; ++size) {
            QCOMPARE(payloadSize(size), std::size_t{512});
        }
    }
    void case32_thereAreAtMost64Sizes() {
        std::set<std::size_t> sizes;
        std::size_t before = 0;
        for (std::size_t size = 0; size <= kMaxContentBytes; ++size) {
            const std::size_t sealed = payloadSize(size);
            QVERIFY(sealed >= size + kPayloadOverhead && sealed >= before);
            before = sealed;
            sizes.insert(sealed);
        }
        QCOMPARE(*sizes.begin(), std::size_t{512});
        QCOMPARE(*sizes.rbegin(), kMaxPayloadBytes);
        QVERIFY(sizes.size() <= 64);
        // A text of 64 KiB has room for everything else in its content.
        QVERIFY(64 * 1024 + 1024 <= kMaxContentBytes);
    }
    void case23_everyFlippedByteIsRefused() {
        SystemRandom random;
        for (int frame = 0; frame < 500; ++frame) {
            auto sealed = sealPayload(content(static_cast<std::size_t>(frame)), random);
            for (std::size_t i = 0; i < sealed.bytes.size(); ++i) {
                const auto bit = static_cast<std::uint8_t>(1U << (i + static_cast<std::size_t>(frame)) % 8);
                sealed.bytes[i] ^= bit;
                QVERIFY(openPayload(sealed.bytes, sealed.key, sealed.digest).error() ==
                        PayloadRefusal::WrongDigest);
                sealed.bytes[i] ^= bit;
            }
        }
    }
    /// Whoever holds the key cannot alter the bytes either: the digest made to fit, the seal still breaks.
    void case23_flippedBytesUnderAFittingDigestAreRefused() {
        SystemRandom random;
        auto sealed = sealPayload(content(100), random);
        for (std::size_t i = 0; i < sealed.bytes.size(); ++i) {
            sealed.bytes[i] ^= 0x10;
            const auto opened = openPayload(sealed.bytes, sealed.key, payloadDigest(sealed.bytes));
            QVERIFY(opened.error() ==
                    (i == 0 ? PayloadRefusal::UnknownSuite : PayloadRefusal::Undecryptable));
            sealed.bytes[i] ^= 0x10;
        }
        sealed.bytes.resize(511);
        QVERIFY(openPayload(sealed.bytes, sealed.key, payloadDigest(sealed.bytes)).error() ==
                PayloadRefusal::Undecryptable);
        QVERIFY(openPayload({}, sealed.key, payloadDigest({})).error() == PayloadRefusal::WrongDigest);
    }
    void case24_anotherSuiteIsRefusedByName() {
        SystemRandom random;
        auto sealed = sealPayload(content(10), random);
        sealed.bytes[0] = 2;
        QVERIFY(openPayload(sealed.bytes, sealed.key, payloadDigest(sealed.bytes)).error() ==
                PayloadRefusal::UnknownSuite);
    }
    void anotherKeyOpensNothing() {
        SystemRandom random;
        const auto sealed = sealPayload(content(10), random);
        auto key = copyOf(sealed.key);
        key.exposeWritable()[31] ^= 1;
        QVERIFY(openPayload(sealed.bytes, key, sealed.digest).error() == PayloadRefusal::Undecryptable);
    }
    /// The commitment alone refuses another key: bytes that would authenticate under both are of no use.
    void theKeyIsCommittedTo() {
        SystemRandom random;
        const auto one = sealPayload(content(10), random);
        auto other = sealPayload(content(10), random);
        std::copy_n(one.bytes.begin() + 1, 32, other.bytes.begin() + 1);
        QVERIFY(openPayload(other.bytes, other.key, payloadDigest(other.bytes)).error() ==
                PayloadRefusal::Undecryptable);
    }
    void equalContentsLookDifferent() {
        SystemRandom random;
        const auto one = sealPayload(content(10), random);
        const auto two = sealPayload(content(10), random);
        QVERIFY(!(one.key == two.key));
        QVERIFY(one.digest != two.digest);
        QVERIFY(!std::equal(one.bytes.begin() + 1, one.bytes.begin() + 33, two.bytes.begin() + 1));
    }
};

QTEST_GUILESS_MAIN(TestPayload)
#include "test_payload.moc"
