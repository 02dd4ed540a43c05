// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/signed_bytes.h"

#include <QTest>

using namespace sotto;

class TestSignedBytes : public QObject {
    Q_OBJECT
private slots:
    void readsBackWhatWasWritten() {
        const Bytes record = SignedBytesWriter("a").number(7).text("seven").bytes({}).take();
        SignedBytesReader reader("a", record);
        QCOMPARE(reader.number(), std::uint64_t(7));
        QCOMPARE(textOf(reader.bytes(5)), std::string_view("seven"));
        QVERIFY(reader.bytes(10).empty());
        QVERIFY(reader.finished());
    }
    void anotherLabelIsAnotherRecord() {
        const Bytes record = SignedBytesWriter("device").number(1).take();
        QVERIFY(SignedBytesReader("device", record).good());
        QVERIFY(!SignedBytesReader("devic", record).good());
        QVERIFY(!SignedBytesReader("device2", record).good());
    }
    void refusesWrongTypeLengthAndRest() {
        const Bytes record = SignedBytesWriter("a").number(1).text("four").take();
        SignedBytesReader typed("a", record);
        typed.bytes(8);
        QVERIFY(!typed.good());
        SignedBytesReader limited("a", record);
        limited.number();
        QVERIFY(limited.bytes(3).empty());
        QVERIFY(!limited.good());
        SignedBytesReader early("a", record);
        early.number();
        QVERIFY(early.good());
        QVERIFY(!early.finished());
    }
    void everyTruncationIsRefused() {
        const Bytes record = SignedBytesWriter("label").number(1).text("body").take();
        for (std::size_t size = 0; size < record.size(); ++size) {
            SignedBytesReader reader("label", BytesView(record).first(size));
            reader.number();
            reader.bytes(100);
            QVERIFY2(!reader.finished(), qPrintable(QString::number(size)));
        }
    }
    void aHugeDeclaredLengthAllocatesNothing() {
        Bytes record = SignedBytesWriter("a").take();
        record.insert(record.end(), {'b', 0xFF, 0xFF, 0xFF, 0xFF});
        SignedBytesReader reader("a", record);
        QVERIFY(reader.bytes(SIZE_MAX).empty());
        QVERIFY(!reader.good());
    }
};

QTEST_GUILESS_MAIN(TestSignedBytes)
#include "test_signed_bytes.moc"
