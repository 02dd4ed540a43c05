// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile relay or peer tries against sessions. Numbers are those of docs/SECURITY.md.

#include "crypto/agreement.h"
#include "crypto/header_form.h"
#include "tests/crypto/party.h"
#include "tests/crypto/small_order.h"

#include <QTest>

using namespace sotto;
using namespace sotto::crypto;

namespace {

constexpr std::size_t kBaseKeyAt = 4 + 8;
constexpr std::size_t kIdentityKeyAt = kBaseKeyAt + 32;
/// Inside the library's message: version, tag and length of the field, type byte of the key.
constexpr std::size_t kRatchetKeyAt = 4;

std::size_t messageAt(const Bytes& header) {
    return header.size() == kMessageHeaderSize ? 4 : 4 + PrekeyPart::kSize;
}
void put(Bytes& header, std::size_t at, const Curve25519Key& key) {
    std::copy(key.value.begin(), key.value.end(), header.begin() + static_cast<long>(at));
}
void putRatchetKey(Bytes& header, const Curve25519Key& key) {
    put(header, messageAt(header) + kRatchetKeyAt, key);
}
/// The last byte of the ratchet message's MAC.
std::size_t macAt(const Bytes& header) {
    return messageAt(header) + static_cast<std::size_t>(header[2] << 8 | header[3]) - 1;
}
/// A ratchet message with this counter and nothing behind it.
Bytes forged(const Curve25519Key& ratchetKey, std::uint32_t counter) {
    Bytes message = {0x33, 0x0A, 0x21, 0x05};
    message.insert(message.end(), ratchetKey.value.begin(), ratchetKey.value.end());
    message.push_back(0x10);
    for (; counter >= 0x80; counter >>= 7) {
        message.push_back(static_cast<std::uint8_t>(counter | 0x80));
    }
    message.push_back(static_cast<std::uint8_t>(counter));
    message.insert(message.end(), {0x18, 0x00, 0x22, 0x10});
    message.resize(message.size() + 16 + 8);
    return message;
}
Curve25519Key ratchetKeyOf(const Bytes& header) {
    return *Curve25519Key::from(BytesView(header).subspan(messageAt(header) + kRatchetKeyAt, 32));
}

/// A session that both have answered on.
struct Talking {
    Party alice{"alice"};
    Party bob{"bob"};
    Talking() {
        if (!alice.startWith(bob) || !bob.openFrom(alice, alice.sealFor(bob).value()) ||
            !alice.openFrom(bob, bob.sealFor(alice).value())) {
            throw std::runtime_error("no session");
        }
    }
};

} // namespace

class TestAttacks : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    /// Fact 1: the library stores the identity, and uses the prekey up, before it has checked the MAC.
    void fact01_aForgedFirstMessageChangesNothing() {
        Party carol("carol");
        Party bob("bob");
        QVERIFY(carol.startWith(bob));
        const auto genuine = carol.sealFor(bob).value();
        auto broken = genuine;
        broken[macAt(broken)] ^= 1;
        const auto before = bob.store.tables;
        const auto writes = bob.store.writes;
        QVERIFY(bob.openFrom(carol, broken).error() == Error::Undecryptable);
        QVERIFY(bob.store.tables == before);
        QCOMPARE(bob.store.writes, writes); // nothing was even written, so nothing hangs on the rollback
        QVERIFY(bob.openFrom(carol, genuine).has_value());
    }
    void case05_aForgeryUnderAnotherIdentityChangesNothing() {
        Party carol("carol");
        Party mallory("mallory");
        Party bob("bob");
        QVERIFY(mallory.startWith(bob));
        const auto forgery = mallory.sealFor(bob).value();
        const auto before = bob.store.tables;
        // The relay says it comes from Carol.
        QVERIFY(bob.openFrom(carol, forgery).error() == Error::UntrustedIdentity);
        auto relabelled = forgery;
        put(relabelled, kIdentityKeyAt, carol.keys.identityKey());
        QVERIFY(bob.openFrom(carol, relabelled).error() == Error::Undecryptable);
        QVERIFY(bob.store.tables == before);
        QVERIFY(carol.startWith(bob));
        QVERIFY(bob.openFrom(carol, carol.sealFor(bob).value()).has_value());
        QCOMPARE(claimedIdentity(forgery).value().hex(), mallory.keys.identityKey().hex());
    }

    /// Fact 2: the library agrees with the zero point.
    void case04_lowOrderPointsAreRefusedBeforeAnyAgreement() {
        Party carol("carol");
        Party bob("bob");
        QVERIFY(carol.startWith(bob));
        const auto first = carol.sealFor(bob).value();
        Talking talking;
        const auto next = talking.alice.sealFor(talking.bob).value();
        const auto bobBefore = bob.store.tables;
        const auto talkingBefore = talking.bob.store.tables;
        for (const Curve25519Key& point : smallOrderAndNonCanonicalPoints()) {
            const auto agreements = agreementsMade();
            auto header = first;
            put(header, kBaseKeyAt, point);
            QVERIFY(bob.openFrom(carol, header).error() == Error::Malformed);
            header = first;
            put(header, kIdentityKeyAt, point);
            QVERIFY(bob.sessions.open(carol.address, point, header).error() == Error::Malformed);
            header = first;
            putRatchetKey(header, point);
            QVERIFY(bob.openFrom(carol, header).error() == Error::Malformed);
            header = next;
            putRatchetKey(header, point);
            QVERIFY(talking.bob.openFrom(talking.alice, header).error() == Error::Malformed);
            QCOMPARE(agreementsMade(), agreements);
        }
        QVERIFY(bob.store.tables == bobBefore);
        QVERIFY(talking.bob.store.tables == talkingBefore);
        QVERIFY(bob.openFrom(carol, first).has_value());
        QVERIFY(talking.bob.openFrom(talking.alice, next).has_value());
    }

    /// Fact 3: the library accepts such a message again after 41 newer sessions, or once the session is gone.
    void case18_aFirstMessageWithoutOneTimePrekeyIsAcceptedOnce() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob, false));
        const auto first = alice.sealFor(bob).value();
        QVERIFY(bob.receiveFrom(alice, first).has_value());
        QVERIFY(bob.receiveFrom(alice, first).error() == Error::Duplicate);
        for (int session = 0; session < 41; ++session) {
            QVERIFY(alice.startWith(bob, false));
            QVERIFY(bob.receiveFrom(alice, alice.sealFor(bob).value()).has_value());
        }
        QVERIFY(bob.receiveFrom(alice, first).error() == Error::Duplicate);
        QVERIFY(bob.sessions.remove(alice.address).has_value());
        QVERIFY(bob.receiveFrom(alice, first).error() == Error::Duplicate);
        QVERIFY(!bob.sessions.has(alice.address).value());
        // Another of the same session is no better, and the other kind is refused by its prekey.
        QVERIFY(alice.startWith(bob, true));
        const auto withOneTime = alice.sealFor(bob).value();
        QVERIFY(bob.receiveFrom(alice, withOneTime).has_value());
        QVERIFY(bob.sessions.remove(alice.address).has_value());
        QVERIFY(bob.receiveFrom(alice, withOneTime).error() == Error::PrekeyGone);
    }
    void case18_baseKeysLiveAsLongAsTheirSignedPrekey() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob, false));
        const auto first = alice.sealFor(bob).value();
        QVERIFY(bob.receiveFrom(alice, first).has_value());
        QVERIFY(bob.sessions.remove(alice.address).has_value());
        // The owner drops the prekey with its base keys: then the prekey itself is what is missing.
        bob.store.tables.signedOnes.clear();
        bob.store.tables.baseKeys.clear();
        QVERIFY(bob.receiveFrom(alice, first).error() == Error::PrekeyGone);
    }
    void case38_aOneTimePrekeyGivenTwiceServesOnce() {
        Party alice("alice");
        Party carol("carol");
        Party bob("bob");
        const auto bundle = bob.bundle();
        const auto verified = verifyBundle(bundle, bob.list(), bob.address.device, bob.clock.now).value();
        QVERIFY(alice.sessions.start(verified).has_value());
        QVERIFY(carol.sessions.start(verified).has_value());
        QVERIFY(bob.receiveFrom(alice, alice.sealFor(bob).value()).has_value());
        QVERIFY(bob.receiveFrom(carol, carol.sealFor(bob).value()).error() == Error::PrekeyGone);
    }
    void case20_aReflectedHeaderIsRefused() {
        Talking talking;
        const auto own = talking.alice.sealFor(talking.bob).value();
        const auto before = talking.alice.store.tables;
        QVERIFY(talking.alice.openFrom(talking.bob, own).error() == Error::Undecryptable);
        QVERIFY(talking.alice.store.tables == before);
    }

    void case23_everyFlippedByteOfAHeaderIsRefused() {
        Talking talking;
        Party carol("carol");
        QVERIFY(carol.startWith(talking.bob));
        // Carol's further messages repeat the prekey part: they go to the session that her first one set up.
        QVERIFY(talking.bob.openFrom(carol, carol.sealFor(talking.bob).value()).has_value());
        for (int frame = 0; frame < 100; ++frame) {
            Party& sender = frame % 2 == 0 ? carol : talking.alice;
            auto header = sender.sealFor(talking.bob).value();
            const auto before = talking.bob.store.tables;
            for (std::size_t i = 0; i < header.size(); ++i) {
                const auto bit = static_cast<std::uint8_t>(1U << (i + static_cast<std::size_t>(frame)) % 8);
                header[i] = static_cast<std::uint8_t>(header[i] ^ bit);
                const auto opened = talking.bob.openFrom(sender, header);
                QVERIFY2(!opened && opened.error() != Error::Storage, qPrintable(QString::number(i)));
                header[i] = static_cast<std::uint8_t>(header[i] ^ bit);
            }
            QVERIFY(talking.bob.store.tables == before);
            QVERIFY(talking.bob.openFrom(sender, header).has_value());
        }
    }
    void case23_flippedBytesOfAFirstMessageAreRefused() {
        Party carol("carol");
        Party bob("bob");
        QVERIFY(carol.startWith(bob));
        auto header = carol.sealFor(bob).value();
        const auto before = bob.store.tables;
        for (std::size_t i = 0; i < header.size(); ++i) {
            for (const std::uint8_t bit : std::initializer_list<std::uint8_t>{0x01, 0x80}) {
                header[i] = static_cast<std::uint8_t>(header[i] ^ bit);
                QVERIFY2(!bob.openFrom(carol, header), qPrintable(QString::number(i)));
                header[i] = static_cast<std::uint8_t>(header[i] ^ bit);
            }
        }
        QVERIFY(bob.store.tables == before);
        QVERIFY(bob.openFrom(carol, header).has_value());
    }
    void case23_truncatedAndExtendedHeadersAreRefused() {
        Talking talking;
        const auto header = talking.alice.sealFor(talking.bob).value();
        for (std::size_t size = 0; size < header.size(); ++size) {
            QVERIFY(talking.bob.openFrom(talking.alice, BytesView(header).first(size)).error() ==
                    Error::Malformed);
        }
        auto extended = header;
        extended.push_back(0);
        QVERIFY(talking.bob.openFrom(talking.alice, extended).error() == Error::Malformed);
    }
    void case24_unknownSuitesAndVersionsAreRefusedByName() {
        Talking talking;
        const auto genuine = talking.alice.sealFor(talking.bob).value();
        for (int suite = 0; suite < 256; ++suite) {
            auto header = genuine;
            header[0] = static_cast<std::uint8_t>(suite);
            const auto kind = inspectHeader(header);
            if (suite == 1) {
                QVERIFY(kind == HeaderKind::Message);
            } else {
                QVERIFY(kind.error() ==
                        (suite == 0 ? HeaderRefusal::Malformed : HeaderRefusal::UnknownSuite));
                QVERIFY(talking.bob.openFrom(talking.alice, header).error() == Error::Malformed);
            }
        }
        // Versions of the ratchet message below and above 3.
        for (const std::uint8_t version : std::initializer_list<std::uint8_t>{0x03, 0x13, 0x23, 0x43, 0xF3}) {
            auto header = genuine;
            header[4] = version;
            QVERIFY(talking.bob.openFrom(talking.alice, header).error() == Error::Malformed);
        }
        for (const std::uint8_t kind : std::initializer_list<std::uint8_t>{0, 2, 3, 255}) {
            auto header = genuine;
            header[1] = kind;
            QVERIFY(talking.bob.openFrom(talking.alice, header).error() == Error::Malformed);
        }
        QVERIFY(talking.bob.openFrom(talking.alice, genuine).has_value());
    }

    /// Fact 4: in the library one such header costs up to 2,000 stored message keys for each of 41 states.
    /// Here a jump beyond the limit costs no agreement at all, and within it one for each of five states at
    /// most.
    void case29_aForgedCounterCausesBoundedWork() {
        Talking talking;
        for (int session = 0; session < 41; ++session) {
            QVERIFY(talking.alice.startWith(talking.bob, false));
            QVERIFY(
                talking.bob.openFrom(talking.alice, talking.alice.sealFor(talking.bob).value()).has_value());
        }
        QVERIFY(talking.alice.openFrom(talking.bob, talking.bob.sealFor(talking.alice).value()).has_value());
        const auto genuine = talking.alice.sealFor(talking.bob).value();
        QVERIFY(talking.bob.openFrom(talking.alice, genuine).has_value());
        const auto before = talking.bob.store.tables;
        const auto writes = talking.bob.store.writes;
        const auto cost = [&](const Curve25519Key& ratchetKey, std::uint32_t counter) {
            const auto agreements = agreementsMade();
            const auto opened =
                talking.bob.openFrom(talking.alice, wrapHeader({}, forged(ratchetKey, counter)));
            return opened ? std::uint64_t{999} : agreementsMade() - agreements;
        };
        const auto known = ratchetKeyOf(genuine);
        const auto unknown = DeviceKeys::generate(talking.alice.random).identityKey();
        QCOMPARE(cost(known, 2), std::uint64_t{0});
        QCOMPARE(cost(known, 2001), std::uint64_t{0});
        QCOMPARE(cost(known, 4'000'000'000), std::uint64_t{0});
        QCOMPARE(cost(unknown, 2001), std::uint64_t{0});
        QCOMPARE(cost(unknown, 2000), std::uint64_t{1}); // the current state only
        QCOMPARE(cost(unknown, 101), std::uint64_t{1});
        QCOMPARE(cost(unknown, 100), std::uint64_t{5}); // and four archived ones
        QCOMPARE(cost(unknown, 0), std::uint64_t{5});
        QVERIFY(talking.bob.store.tables == before);
        QCOMPARE(talking.bob.store.writes, writes);
        QVERIFY(talking.bob.openFrom(talking.alice, talking.alice.sealFor(talking.bob).value()).has_value());
    }
    /// The way along a chain is kept after a failure: it must lead nowhere else than a fresh one.
    void case29_forgedCountersAmongMessagesOutOfOrderChangeNothing() {
        Talking talking;
        std::vector<Bytes> sent;
        for (int i = 0; i < 12; ++i) {
            sent.push_back(talking.alice.sealFor(talking.bob).value());
        }
        const auto known = ratchetKeyOf(sent.front());
        const auto forge = [&](std::uint32_t counter) {
            QVERIFY(!talking.bob.openFrom(talking.alice, wrapHeader({}, forged(known, counter))));
        };
        for (const std::size_t i : {5U, 4U, 11U, 0U, 1U, 10U, 2U, 9U, 3U, 8U, 6U, 7U}) {
            for (const std::uint32_t counter : {1'990U, 3U, 14U, 2'000U, 15U}) {
                forge(counter);
            }
            QVERIFY(talking.bob.openFrom(talking.alice, sent[i]).has_value());
        }
        forge(1'990);
        QVERIFY(talking.alice.openFrom(talking.bob, talking.bob.sealFor(talking.alice).value()).has_value());
        const auto onward = talking.alice.sealFor(talking.bob).value();
        QVERIFY(ratchetKeyOf(onward) != known);
        QVERIFY(talking.bob.openFrom(talking.alice, onward).has_value());
    }
    void case29_aForgedFirstMessageUsesNoPrekeyUp() {
        Party alice("alice");
        Party bob("bob");
        for (int i = 0; i < 20; ++i) {
            QVERIFY(alice.startWith(bob));
            auto header = alice.sealFor(bob).value();
            header[macAt(header)] ^= 1;
            const auto before = bob.store.tables;
            QVERIFY(bob.openFrom(alice, header).error() == Error::Undecryptable);
            QVERIFY(bob.store.tables == before);
        }
        QCOMPARE(bob.store.tables.oneTime.size(), std::size_t{20});
    }
    void case32_headersOfOneKindHaveOneSize() {
        Talking talking;
        Party carol("carol");
        QVERIFY(carol.startWith(talking.bob));
        for (int i = 0; i < 300; ++i) { // counters of one and of two bytes
            QCOMPARE(talking.alice.sealFor(talking.bob).value().size(), kMessageHeaderSize);
            QCOMPARE(carol.sealFor(talking.bob).value().size(), kPrekeyMessageHeaderSize);
        }
    }
    void case17_aReplayedHeaderIsADuplicateForEver() {
        Talking talking;
        std::vector<Bytes> headers;
        for (int i = 0; i < 50; ++i) {
            headers.push_back(talking.alice.sealFor(talking.bob).value());
            QVERIFY(talking.bob.receiveFrom(talking.alice, headers.back()).has_value());
        }
        talking.bob.sessions.forget();
        talking.bob.clock.now += std::chrono::days(1);
        const auto before = talking.bob.store.tables;
        for (const Bytes& header : headers) {
            QVERIFY(talking.bob.openFrom(talking.alice, header).error() == Error::Duplicate);
        }
        QVERIFY(talking.bob.store.tables == before);
    }
};

QTEST_GUILESS_MAIN(TestAttacks)
#include "test_attacks.moc"
