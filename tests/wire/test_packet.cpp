// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/packet.h"

#include <QTest>

using namespace sotto;
using namespace sotto::wire;

namespace {

pb::Frame aSend(int headers) {
    pb::Frame frame;
    frame.set_request(1);
    auto* send = frame.mutable_send();
    send->set_send_id(std::string(16, 's'));
    send->set_payload(std::string(512, 'p'));
    for (int i = 0; i < headers; ++i) {
        auto* header = send->add_headers();
        header->mutable_device()->set_account(std::string(32, 'a'));
        header->mutable_device()->set_device(1);
        header->set_bytes("h");
    }
    return frame;
}

bool accepts(const pb::Frame& frame, Direction direction = Direction::ToRelay) {
    return decodePacket(encodeFrame(frame), direction).has_value();
}

} // namespace

class TestPacket : public QObject {
    Q_OBJECT
private slots:
    void aSendComesThrough() {
        const auto packet = decodePacket(encodeFrame(aSend(2)), Direction::ToRelay);
        QVERIFY(packet.has_value());
        QCOMPARE(packet->frames_size(), 1);
        QCOMPARE(packet->frames(0).send().headers_size(), 2);
    }
    void framesOfTheOtherDirectionAreMalformed() {
        QVERIFY(accepts(aSend(1)));
        QVERIFY(!accepts(aSend(1), Direction::ToClient));
        pb::Frame stored;
        stored.mutable_stored()->set_send_id(std::string(16, 's'));
        QVERIFY(accepts(stored, Direction::ToClient));
        QVERIFY(!accepts(stored));
    }
    void limitsHoldExactly() {
        QVERIFY(withinLimits(aSend(static_cast<int>(kMaxHeadersPerSend)).send()));
        QVERIFY(!withinLimits(aSend(static_cast<int>(kMaxHeadersPerSend) + 1).send()));
        auto frame = aSend(1);
        pb::Send& send = *frame.mutable_send();
        send.set_payload(std::string(kMaxPayloadBytes, 'p'));
        QVERIFY(withinLimits(send));
        send.set_payload(std::string(kMaxPayloadBytes + 1, 'p'));
        QVERIFY(!withinLimits(send));
        QVERIFY(accepts(frame)); // it parses: the relay answers this send and goes on
        frame = aSend(1);
        frame.mutable_send()->mutable_headers(0)->set_bytes(std::string(kMaxHeaderBytes + 1, 'h'));
        QVERIFY(!withinLimits(frame.send()));
        frame = aSend(1);
        for (std::size_t i = 0; i < kMaxHeadersPerSend + 1; ++i) {
            frame.mutable_send()->add_lists();
        }
        QVERIFY(withinLimits(frame.send()));
        frame.mutable_send()->add_lists();
        QVERIFY(!withinLimits(frame.send()));
        QCOMPARE(decodePacket(Bytes(kMaxPacketBytes + 1), Direction::ToRelay).error(), DecodeError::TooLarge);
    }
    void moreEntriesThanAnyKindHasAreRefusedBeforeAllocation() {
        QVERIFY(accepts(aSend(1000)));
        QVERIFY(!accepts(aSend(1100)));
    }
    void aPacketUsedAgainKeepsNothingOfTheOneBefore() {
        pb::Packet packet;
        QVERIFY(decodePacket(encodeFrame(aSend(2)), Direction::ToRelay, packet));
        pb::Frame ping;
        ping.mutable_ping();
        QVERIFY(decodePacket(encodeFrame(ping), Direction::ToRelay, packet));
        QCOMPARE(packet.frames_size(), 1);
        QVERIFY(packet.frames(0).has_ping());
        pb::Frame send = aSend(1);
        send.mutable_send()->clear_payload();
        QVERIFY(decodePacket(encodeFrame(send), Direction::ToRelay, packet));
        QCOMPARE(packet.frames(0).send().headers_size(), 1);
        QVERIFY(packet.frames(0).send().payload().empty());
    }
    void wrongLengthsAreMalformed() {
        auto frame = aSend(1);
        frame.mutable_send()->set_send_id("short");
        QVERIFY(!accepts(frame));
        frame = aSend(1);
        frame.mutable_send()->mutable_headers(0)->mutable_device()->set_account(std::string(33, 'a'));
        QVERIFY(!accepts(frame));
        frame = aSend(1);
        frame.mutable_send()->mutable_headers(0)->mutable_device()->set_device(0);
        QVERIFY(!accepts(frame));
        frame = aSend(1);
        frame.mutable_send()->set_class_(static_cast<pb::Class>(9));
        QVERIFY(!accepts(frame));
    }
    void anUnknownKindKeepsItsRequestNumberAndItsBytes() {
        // Frame{request: 5, field 99: "new"}
        const Bytes frame = {0x08, 5, 0x9A, 0x06, 3, 'n', 'e', 'w'};
        Bytes bytes = {0x0A, static_cast<std::uint8_t>(frame.size())};
        bytes.insert(bytes.end(), frame.begin(), frame.end());
        const auto packet = decodePacket(bytes, Direction::ToRelay);
        QVERIFY(packet.has_value());
        QCOMPARE(packet->frames(0).request(), std::uint64_t(5));
        QCOMPARE(packet->frames(0).kind_case(), pb::Frame::KIND_NOT_SET);
        QCOMPARE(encodePacket(*packet), bytes);
    }
    void case100_parserBombsAreRefusedBeforeAllocation() {
        // A packet of 10^5 empty frames, and one frame that repeats 10^5 empty headers.
        Bytes frames;
        for (int i = 0; i < 100'000; ++i) {
            frames.insert(frames.end(), {0x0A, 0});
        }
        QVERIFY(!decodePacket(frames, Direction::ToRelay));
        pb::Frame headers;
        for (int i = 0; i < 100'000; ++i) {
            headers.mutable_send()->add_headers();
        }
        QVERIFY(!decodePacket(encodeFrame(headers), Direction::ToRelay));
        // Lengths of 2^32-1 and varints that never end.
        QVERIFY(!decodePacket(Bytes{0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, Direction::ToRelay));
        QVERIFY(!decodePacket(Bytes(64, 0xFF), Direction::ToRelay));
        // Groups nested 10^5 deep.
        QVERIFY(!decodePacket(Bytes(100'000, 0x0B), Direction::ToRelay));
        // Bad UTF-8 in a text field.
        pb::Frame error;
        error.mutable_error()->set_text("x");
        Bytes bytes = encodeFrame(error);
        std::replace(bytes.begin(), bytes.end(), std::uint8_t('x'), std::uint8_t(0xFF));
        QVERIFY(!decodePacket(bytes, Direction::ToClient));
    }
    void everyTruncationIsRefusedOrStillValid() {
        const Bytes whole = encodeFrame(aSend(3));
        for (std::size_t size = 1; size < whole.size(); ++size) {
            QVERIFY2(!decodePacket(BytesView(whole).first(size), Direction::ToRelay),
                     qPrintable(QString::number(size)));
        }
    }
};

QTEST_GUILESS_MAIN(TestPacket)
#include "test_packet.moc"
