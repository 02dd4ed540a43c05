// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/signature.h"

#include <QTest>

using namespace sotto;

namespace {

Curve25519Key curveKey(std::string_view hex) {
    return *Curve25519Key::fromHex(hex);
}

} // namespace

class TestSignature : public QObject {
    Q_OBJECT
private slots:
    void ed25519MatchesRfc8032() {
        // RFC 8032 section 7.1, test 2.
        const auto key =
            *Ed25519Key::fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        auto signature =
            *Signature::fromHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        const Bytes message = {0x72};
        QVERIFY(verifyEd25519(key, message, signature));
        signature.value[0] ^= 1;
        QVERIFY(!verifyEd25519(key, message, signature));
    }
    void curveKeysOfSmallOrderAreRefused() {
        // cr.yp.to/ecdh.html lists the points of small order; the last five also are not canonical.
        for (const auto hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                               "0100000000000000000000000000000000000000000000000000000000000000",
                               "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                               "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                               "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                               "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
                               "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
                               "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
            QVERIFY2(!isAcceptable(curveKey(hex)), hex);
        }
    }
    void curveKeysThatAreNotCanonicalAreRefused() {
        const auto base = curveKey("0900000000000000000000000000000000000000000000000000000000000000");
        QVERIFY(isAcceptable(base));
        auto topBit = base;
        topBit.value[31] |= 0x80;
        QVERIFY(!isAcceptable(topBit));
        // 9 + p, the same point written another way.
        QVERIFY(!isAcceptable(curveKey("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
    }
};

QTEST_GUILESS_MAIN(TestSignature)
#include "test_signature.moc"
