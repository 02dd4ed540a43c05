// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/content.h"
#include "core/messaging/content.pb.h"
#include "tests/support/seeded_random.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;
using sotto::test::SeededRandom;

namespace {

constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 62U;

Content text(SeededRandom& random, const std::string& words) {
    Content content;
    content.sender = {random.next<AccountId>(), DeviceNumber{3}};
    content.conversation = random.next<ConversationId>();
    content.message = random.next<MessageId>();
    content.generation = 2;
    content.seq = 7;
    content.previous = random.next<Digest>();
    content.sentAt = -5;
    content.salt = random.next<decltype(content.salt)>();
    content.body = TextBody{words};
    return content;
}

Content receipts(SeededRandom& random, std::size_t count) {
    Content content = text(random, "");
    content.seq = 0;
    content.previous.reset();
    ReceiptsBody body;
    for (std::size_t i = 0; i < count; ++i) {
        body.receipts.push_back(
            {random.next<MessageId>(), i % 2 == 0 ? MessageState::Delivered : MessageState::Read});
    }
    content.body = body;
    return content;
}

Content unnumbered(SeededRandom& random, Body body) {
    Content content = receipts(random, 1);
    content.body = std::move(body);
    return content;
}

Numbers numbers(SeededRandom& random) {
    return {random.next<ConversationId>(), DeviceNumber{4}, 2, 5, kMaxNumber};
}

/// One of each body that speaks of delivery.
std::vector<Content> delivery(SeededRandom& random) {
    const std::vector<Numbers> most(kMaxNumbers, numbers(random));
    const ResendRequestBody request{
        std::vector(kMaxNumbers, ResendRequestBody::Unread{random.next<SendId>(), random.next<HeaderHash>()}),
        most, true};
    return {unnumbered(random, TurnBody()), unnumbered(random, TurnBody{most, most}),
            unnumbered(random, request),
            unnumbered(
                random,
                RepairBody{{random.next<SendId>(), random.next<SendId>()}, Stamp{7}, Bytes(70'000, 1), {}}),
            unnumbered(random, RepairBody{{}, {}, Bytes(), numbers(random)})};
}

void compare(const Content& a, const Content& b) {
    QCOMPARE(a.sender, b.sender);
    QCOMPARE(a.conversation, b.conversation);
    QCOMPARE(a.conversationEpoch, b.conversationEpoch);
    QCOMPARE(a.message, b.message);
    QCOMPARE(a.generation, b.generation);
    QCOMPARE(a.seq, b.seq);
    QCOMPARE(a.previous, b.previous);
    QCOMPARE(a.sentAt, b.sentAt);
    QCOMPARE(a.salt, b.salt);
    QCOMPARE(a.body, b.body);
}

/// The bytes of a content with one thing changed behind the encoder's back.
Bytes altered(const Content& content, const std::function<void(pb::Content&)>& change) {
    const Bytes bytes = encodeContent(content);
    pb::Content in;
    if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        throw std::runtime_error("an encoded content does not parse");
    }
    change(in);
    Bytes out(in.ByteSizeLong());
    in.SerializeWithCachedSizesToArray(out.data());
    return out;
}

} // namespace

class TestContent : public QObject {
    Q_OBJECT
    SeededRandom m_random{1};

    bool isMalformed(const Content& content, const std::function<void(pb::Content&)>& change) {
        const auto decoded = decodeContent(altered(content, change));
        return !decoded && decoded.error() == ContentError::Malformed;
    }

private slots:
    void whatIsEncodedIsDecoded() {
        for (const Content& content :
             {text(m_random, "hello"), text(m_random, std::string(kMaxTextBytes, 'x')),
              text(m_random, "\xF0\x9F\x8E\xBB"), receipts(m_random, 1), receipts(m_random, kMaxReceipts)}) {
            const auto decoded = decodeContent(encodeContent(content));
            QVERIFY(decoded);
            compare(*decoded, content);
        }
    }
    void whatSpeaksOfDeliveryIsDecodedToo() {
        for (const Content& content : delivery(m_random)) {
            const auto decoded = decodeContent(encodeContent(content));
            QVERIFY(decoded);
            compare(*decoded, content);
        }
    }
    void whatSpeaksOfDeliveryHasLimits() {
        const auto bodies = delivery(m_random);
        const Content& turn = bodies[1];
        QVERIFY(isMalformed(turn, [](auto& c) { *c.mutable_turn()->add_own() = c.turn().own(0); }));
        QVERIFY(isMalformed(turn, [](auto& c) { c.mutable_turn()->mutable_own(3)->set_generation(0); }));
        QVERIFY(isMalformed(turn, [](auto& c) { c.mutable_turn()->mutable_own(3)->set_device(0); }));
        QVERIFY(isMalformed(turn, [](auto& c) { c.mutable_turn()->mutable_own(3)->set_first(~0ULL); }));
        QVERIFY(isMalformed(turn, [](auto& c) { c.mutable_turn()->mutable_received(0)->set_last(~0ULL); }));
        const Content& request = bodies[2];
        QVERIFY(isMalformed(request, [](auto& c) {
            *c.mutable_resend_request()->add_unread() = c.resend_request().unread(0);
        }));
        QVERIFY(isMalformed(
            request, [](auto& c) { c.mutable_resend_request()->mutable_unread(1)->set_send_id("short"); }));
        QVERIFY(isMalformed(request, [](auto& c) {
            c.mutable_resend_request()->mutable_missing(1)->set_conversation("short");
        }));
        const Content& repair = bodies[3];
        QVERIFY(isMalformed(repair, [](auto& c) { c.mutable_repair()->clear_content(); }));
        QVERIFY(isMalformed(repair, [](auto& c) { c.mutable_repair()->add_send_id("short"); }));
        QVERIFY(isMalformed(repair, [](auto& c) {
            for (std::size_t i = 0; i < core::kMaxRepaired; ++i) {
                c.mutable_repair()->add_send_id(c.repair().send_id(0));
            }
        }));
        const Content& gone = bodies[4];
        QVERIFY(isMalformed(gone, [](auto& c) { c.mutable_repair()->set_content("and this"); }));
        QVERIFY(isMalformed(gone, [](auto& c) { c.mutable_repair()->mutable_gone()->set_device(0); }));
    }
    void aBodyAloneIsKeptToo() {
        const Body body = receipts(m_random, 3).body;
        QCOMPARE(decodeBody(encodeBody(body)).value(), body);
    }
    void everyTruncationIsRefusedOrWhole() {
        for (const Content& content : {text(m_random, "some words"), receipts(m_random, 3)}) {
            const Bytes bytes = encodeContent(content);
            for (std::size_t size = 0; size < bytes.size(); ++size) {
                const auto decoded = decodeContent(BytesView(bytes).first(size));
                // What still parses lost its body or some receipts, never anything in front of them.
                if (decoded) {
                    QCOMPARE(decoded->message, content.message);
                    QVERIFY(decoded->body != content.body);
                }
            }
        }
    }
    void everyFlippedBitIsRefusedOrReadsAsSomethingElse() {
        for (const Content& content : {text(m_random, "some words"), receipts(m_random, 3)}) {
            const Bytes bytes = encodeContent(content);
            for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
                Bytes flipped = bytes;
                flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                const auto decoded = decodeContent(flipped);
                if (decoded) {
                    QVERIFY(decoded->seq <= kMaxNumber && !decoded->message.isZero());
                    if (const auto* words = std::get_if<TextBody>(&decoded->body)) {
                        QVERIFY(isValidUtf8(words->text));
                    }
                    QVERIFY(contentHash(flipped) != contentHash(bytes));
                }
            }
        }
    }
    void junkIsRefused() {
        for (std::size_t size = 0; size < 600; ++size) {
            Bytes junk(size);
            m_random.fill(junk);
            static_cast<void>(decodeContent(junk)); // whatever it says, it ends
            static_cast<void>(decodeBody(junk));
        }
        QCOMPARE(decodeContent({}).error(), ContentError::Malformed);
    }
    void theFirstOfAChainHasNoPreviousAndEveryLaterOneHas() {
        const Content content = text(m_random, "x");
        QVERIFY(isMalformed(content, [](auto& c) { c.clear_previous(); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_seq(1); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_seq(0); }));
        const auto first = decodeContent(altered(content, [](auto& c) {
            c.set_seq(1);
            c.clear_previous();
        }));
        QVERIFY(first);
        QCOMPARE(first->seq, std::uint64_t{1});
        QVERIFY(isMalformed(receipts(m_random, 1),
                            [](auto& c) { c.set_previous(std::string(Digest::kSize, 'p')); }));
    }
    void everyFieldHasItsSizeAndRange() {
        const Content content = text(m_random, "x");
        for (const std::size_t size : {0, 1, 31, 33, 64}) {
            const std::string wrong(size, 'w');
            QVERIFY(isMalformed(content, [&](auto& c) { c.set_sender_account(wrong); }));
            QVERIFY(isMalformed(content, [&](auto& c) { c.set_conversation(wrong); }));
            QVERIFY(isMalformed(content, [&](auto& c) { c.set_message_id(wrong); }));
            QVERIFY(isMalformed(content, [&](auto& c) { c.set_previous(wrong); }));
            QVERIFY(isMalformed(content, [&](auto& c) { c.set_salt(wrong); }));
        }
        QVERIFY(isMalformed(content, [](auto& c) { c.set_message_id(std::string(MessageId::kSize, '\0')); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_sender_device(0); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_version(0); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_seq(kMaxNumber + 1); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_seq(~std::uint64_t{0}); }));
        QVERIFY(isMalformed(content, [](auto& c) { c.set_generation(kMaxNumber + 1); }));
        QVERIFY(decodeContent(altered(content, [](auto& c) { c.set_seq(kMaxNumber); })));
    }
    void bodiesHaveLimits() {
        const Content words = text(m_random, "x");
        QVERIFY(isMalformed(words, [](auto& c) { c.mutable_text()->clear_text(); }));
        QVERIFY(isMalformed(
            words, [](auto& c) { c.mutable_text()->set_text(std::string(kMaxTextBytes + 1, 'x')); }));
        QVERIFY(isMalformed(words, [](auto& c) { c.mutable_receipts(); })); // takes the text's place, empty
        const Content many = receipts(m_random, kMaxReceipts);
        QVERIFY(isMalformed(
            many, [](auto& c) { *c.mutable_receipts()->add_receipts() = c.receipts().receipts(0); }));
        QVERIFY(isMalformed(
            many, [](auto& c) { c.mutable_receipts()->mutable_receipts(9)->set_message_id("short"); }));
    }
    void textThatIsNotUtf8IsRefused() {
        const Content content = text(m_random, "0123456789");
        Bytes bytes = encodeContent(content);
        const std::string_view mark = "0123456789";
        const auto at = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
        QVERIFY(at != bytes.end());
        *at = 0xFF;
        QCOMPARE(decodeContent(bytes).error(), ContentError::Malformed);
    }
    void utf8IsJudgedStrictly() {
        QVERIFY(isValidUtf8("") && isValidUtf8("plain") && isValidUtf8("\xC3\xA4 \xE2\x82\xAC"));
        QVERIFY(isValidUtf8(std::string_view("a\0b", 3)));
        for (const char* wrong : {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
            QVERIFY(!isValidUtf8(wrong));
        }
    }
    void whatALaterVersionSaysIsKeptApart() {
        const Content content = text(m_random, "x");
        const auto newer = decodeContent(altered(content, [](auto& c) { c.set_version(2); }));
        QCOMPARE(newer.error(), ContentError::NewerVersion);
        // A body of an unknown kind in today's version.
        const auto unknown = decodeContent(altered(content, [](auto& c) { c.clear_body(); }));
        QVERIFY(unknown && std::holds_alternative<UnknownBody>(unknown->body));
        // A receipt state of a later version is passed over, the others count.
        const auto some = decodeContent(altered(receipts(m_random, 2), [](auto& c) {
            c.mutable_receipts()->mutable_receipts(0)->set_state(static_cast<pb::ReceiptState>(9));
        }));
        QVERIFY(some);
        QCOMPARE(std::get<ReceiptsBody>(some->body).receipts.size(), std::size_t{1});
    }
};

QTEST_GUILESS_MAIN(TestContent)
#include "test_content.moc"
