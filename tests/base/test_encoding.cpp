// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ids.h"

#include <QTest>

using namespace sotto;

class TestEncoding : public QObject {
    Q_OBJECT
private slots:
    void base64UrlMatchesRfc4648() {
        const std::pair<std::string_view, std::string_view> vectors[] = {
            {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}};
        for (const auto& [plain, encoded] : vectors) {
            QCOMPARE(encodeBase64Url(viewOf(plain)), std::string(encoded));
            QCOMPARE(stringOf(*decodeBase64Url(encoded)), std::string(plain));
        }
    }
    void base64UrlIsStrict() {
        for (const auto text : {"Zg==", "Zh", "Z", "Zm 9", "Zm9v\n", "Zm+v", "Zm/v"}) {
            QVERIFY2(!decodeBase64Url(text), text);
        }
    }
    void hexIsStrict() {
        QCOMPARE(encodeHex(*decodeHex("00ffA9")), std::string("00ffa9"));
        for (const auto text : {"0", "0g", "00 11", " 00", "0x00"}) {
            QVERIFY2(!decodeHex(text), text);
        }
        QVERIFY(!MessageId::fromHex("00"));
        QVERIFY(MessageId::fromHex("000102030405060708090a0b0c0d0e0f"));
    }
};

QTEST_GUILESS_MAIN(TestEncoding)
#include "test_encoding.moc"
