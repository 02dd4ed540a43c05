// SPDX-License-Identifier: GPL-3.0-or-later
// Known answers from tests/vectors: of the standards, of libsignal-protocol-c, and our own formats, frozen.

#include "core/base/hash.h"
#include "crypto/account_keys.h"
#include "crypto/agreement.h"
#include "crypto/device_keys.h"
#include "crypto/header_form.h"
#include "crypto/hmac_sha256.h"
#include "crypto/payload.h"
#include "crypto/safety_number.h"
#include "crypto/sealed_blob.h"
#include "crypto/signal_library.h"
#include "tests/crypto/fixed_header.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sotto;
using namespace sotto::crypto;

namespace {

QJsonObject vectors(const char* name) {
    QFile file(QStringLiteral(SOTTO_SOURCE_DIR) + "/tests/vectors/" + name);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    return QJsonDocument::fromJson(file.readAll()).object();
}
std::string text(const QJsonValue& value) {
    return value.toString().toStdString();
}
Bytes bytes(const QJsonValue& value) {
    return decodeHex(text(value)).value();
}

/// Hands out the given bytes, in order.
class ReplayedRandom final : public Random {
public:
    explicit ReplayedRandom(Bytes given)
        : m_given(std::move(given)) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {
            byte = m_given.at(m_next++);
        }
    }

private:
    Bytes m_given;
    std::size_t m_next = 0;
};

} // namespace

class TestVectors : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void curve25519MatchesRfc7748() {
        const auto all = vectors("rfc7748.json");
        const auto products = all["products"].toArray();
        QCOMPARE(products.size(), 6);
        for (const QJsonValue& entry : products) {
            Bytes result(32);
            QCOMPARE(curve25519_donna(result.data(), bytes(entry["scalar"]).data(), bytes(entry["u"]).data()),
                     0);
            QVERIFY(result == bytes(entry["result"]));
        }
        Bytes scalar(32);
        scalar[0] = 9;
        Bytes point = scalar;
        int times = 0;
        for (const QJsonValue& entry : all["iterated"].toArray()) {
            for (; times < entry["times"].toInt(); ++times) {
                Bytes next(32);
                QCOMPARE(curve25519_donna(next.data(), scalar.data(), point.data()), 0);
                point = std::exchange(scalar, next);
            }
            QVERIFY(scalar == bytes(entry["result"]));
        }
        QCOMPARE(times, 1000);
    }
    void publicKeysAreThoseOfTheMontgomeryLadder() {
        SystemRandom random;
        for (int i = 0; i < 200; ++i) {
            const auto secret = ShortSecret<32>::random(random);
            Curve25519Key expected;
            QCOMPARE(crypto_scalarmult_base(expected.value.data(), secret.expose().data()), 0);
            QVERIFY(publicKeyOf(secret.expose()) == expected);
        }
    }
    void hmacMatchesRfc4231() {
        const auto cases = vectors("rfc4231.json")["cases"].toArray();
        QCOMPARE(cases.size(), 6);
        for (const QJsonValue& entry : cases) {
            const Bytes data = bytes(entry["data"]);
            for (std::size_t split = 0; split <= data.size(); split += 7) {
                HmacSha256 hmac(bytes(entry["key"]));
                hmac.update(BytesView(data).first(split));
                hmac.update(BytesView(data).subspan(split));
                QCOMPARE(encodeHex(hmac.finish()), text(entry["mac"]));
            }
        }
    }
    void hkdfOfTheLibraryOverOurHmacMatchesRfc5869() {
        SystemRandom random;
        const SignalLibrary library(random);
        const auto cases = vectors("rfc5869.json")["cases"].toArray();
        QCOMPARE(cases.size(), 3);
        for (const QJsonValue& entry : cases) {
            const Bytes ikm = bytes(entry["ikm"]);
            // No salt means 32 zeros, which the library wants spelt out.
            const Bytes salt = text(entry["salt"]).empty() ? Bytes(32) : bytes(entry["salt"]);
            const Bytes info = bytes(entry["info"]);
            const Bytes okm = bytes(entry["okm"]);
            std::uint8_t* output = nullptr;
            const auto size =
                hkdf_derive_secrets(library.hkdf(), &output, ikm.data(), ikm.size(), salt.data(), salt.size(),
                                    info.data(), info.size(), okm.size());
            QCOMPARE(size, static_cast<ssize_t>(okm.size()));
            const Bytes derived(output, output + size);
            std::free(output);
            QVERIFY(derived == okm);
        }
    }
    void xeddsaSignaturesOfTheLibraryVerify() {
        const auto signatures = vectors("xeddsa.json")["signatures"].toArray();
        QCOMPARE(signatures.size(), 3);
        for (const QJsonValue& entry : signatures) {
            const auto key = *Curve25519Key::fromHex(text(entry["key"]));
            auto signature = *Signature::fromHex(text(entry["signature"]));
            Bytes message = bytes(entry["message"]);
            QVERIFY(verifyXeddsa(key, message, signature));
            signature.value[63] ^= 0x80;
            QVERIFY(!verifyXeddsa(key, message, signature));
            signature.value[63] ^= 0x80;
            message[5] ^= 1;
            QVERIFY(!verifyXeddsa(key, message, signature));
        }
    }
    void recoveryCodeAndAccountAreFrozen() {
        const auto all = vectors("sotto1.json");
        ReplayedRandom random(bytes(all["secret"]));
        const auto code = RecoveryCode::generate(random);
        QCOMPARE(stringOf(code.print().expose()), text(all["recoveryCode"]));
        QCOMPARE(AccountRoot(code).account().hex(), text(all["account"]));
        QCOMPARE(accountHash(*AccountId::fromHex(text(all["accountHashOf"]))).hex(),
                 text(all["accountHash"]));
    }
    void payloadIsFrozen() {
        const auto payload = vectors("sotto1.json")["payload"].toObject();
        ReplayedRandom random(bytes(payload["key"]));
        const auto sealed = sealPayload(bytes(payload["content"]), random);
        QCOMPARE(encodeHex(sealed.bytes), text(payload["bytes"]));
        QCOMPARE(sealed.digest.hex(), text(payload["digest"]));
        const auto opened =
            openPayload(bytes(payload["bytes"]), *ShortSecret<32>::from(bytes(payload["key"])),
                        *Digest::fromHex(text(payload["digest"])));
        QVERIFY(opened == bytes(payload["content"]));
    }
    void headerIsFrozen() {
        const Bytes frozen = bytes(vectors("sotto1.json")["headerPlaintext"]);
        QCOMPARE(encodeHex(encodeHeaderPlaintext(fixedHeader()).expose()), encodeHex(frozen));
        const auto decoded = decodeHeaderPlaintext(frozen);
        QVERIFY(decoded.has_value());
        QCOMPARE(encodeHex(encodeHeaderPlaintext(*decoded).expose()), encodeHex(frozen));
        // The wrapper: suite, kind, length, prekey part, message, zeros.
        PrekeyPart part;
        part.signedPrekey = PrekeyId{0x01020304};
        part.oneTimePrekey = PrekeyId{0x05060708};
        part.baseKey.value.fill(0xAA);
        part.identityKey.value.fill(0xBB);
        const std::string expected = "01020003"
                                     "0102030405060708" +
                                     std::string(64, 'a') + std::string(64, 'b') + "010203" +
                                     std::string(2 * (kPrekeyMessageHeaderSize - 79), '0');
        QCOMPARE(encodeHex(wrapHeader(part, Bytes{1, 2, 3})), expected);
        QCOMPARE(encodeHex(wrapHeader({}, Bytes{1, 2, 3})),
                 "01010003010203" + std::string(2 * (kMessageHeaderSize - 7), '0'));
    }
    void safetyNumberIsFrozen() {
        const auto number = vectors("sotto1.json")["safetyNumber"].toObject();
        QCOMPARE(
            SafetyNumber(*AccountId::fromHex(text(number["own"])), *AccountId::fromHex(text(number["other"])))
                .digits(),
            text(number["digits"]));
    }
    void sealedBlobIsFrozen() {
        const auto frozen = vectors("sotto1.json")["sealedBlob"].toObject();
        const std::string passphrase = text(frozen["passphrase"]);
        const auto opened = openBlob(text(frozen["purpose"]), viewOf(passphrase), bytes(frozen["blob"]));
        QVERIFY(opened.has_value());
        QCOMPARE(stringOf(opened->expose()), text(frozen["secret"]));
    }
    void storedDeviceKeysAreFrozen() {
        const auto frozen = vectors("sotto1.json")["deviceKeys"].toObject();
        const auto keys = DeviceKeys::parse(bytes(frozen["stored"]));
        QVERIFY(keys.has_value());
        QCOMPARE(keys->identityKey().hex(), text(frozen["identityKey"]));
        QCOMPARE(keys->authenticationKey().hex(), text(frozen["authenticationKey"]));
    }
};

QTEST_GUILESS_MAIN(TestVectors)
#include "test_vectors.moc"
