// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/crypto/party.h"

#include <QTest>

using namespace sotto;
using namespace sotto::crypto;

class TestSessions : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aliceAndBobTalkInBothDirections() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        for (int round = 0; round < 5; ++round) {
            const auto sealed = alice.sealFor(bob);
            QVERIFY(sealed.has_value());
            QCOMPARE(sealed->size(), round == 0 ? kPrekeyMessageHeaderSize : kMessageHeaderSize);
            QVERIFY(bob.openFrom(alice, *sealed).has_value());
            const auto answer = bob.sealFor(alice);
            QVERIFY(answer.has_value());
            QCOMPARE(answer->size(), kMessageHeaderSize);
            QVERIFY(alice.openFrom(bob, *answer).has_value());
        }
    }
    void whatWasSealedIsWhatIsOpened() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        const auto header = alice.headerFor(bob);
        const auto sealed = alice.sessions.seal(bob.address, bob.keys.identityKey(), header);
        const auto opened = bob.openFrom(alice, sealed.value());
        QVERIFY(opened.has_value());
        QVERIFY(opened->startedSession);
        QCOMPARE(opened->header.contentVersion, header.contentVersion);
        QVERIFY(opened->header.sendId == header.sendId);
        QVERIFY(opened->header.messageId == header.messageId);
        QVERIFY(opened->header.payloadKey == header.payloadKey);
        QVERIFY(opened->header.payloadDigest == header.payloadDigest);
        QVERIFY(opened->header.senderList == header.senderList);
        QVERIFY(opened->header.recipientList == header.recipientList);
        QCOMPARE(opened->header.seqBase, header.seqBase);
        QVERIFY(opened->header.isBetween(alice.address, bob.address));
        QVERIFY(!opened->header.isBetween(bob.address, alice.address));
    }
    void bothMayStartAtOnce() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.startWith(alice));
        const auto fromAlice = alice.sealFor(bob).value();
        const auto fromBob = bob.sealFor(alice).value();
        QVERIFY(bob.openFrom(alice, fromAlice).has_value());
        QVERIFY(alice.openFrom(bob, fromBob).has_value());
        for (int round = 0; round < 4; ++round) {
            const auto one = alice.sealFor(bob).value();
            const auto two = bob.sealFor(alice).value();
            QVERIFY(alice.openFrom(bob, two).has_value());
            QVERIFY(bob.openFrom(alice, one).has_value());
        }
    }

    // ---- Order ----

    void messagesOfOneChainMayComeInAnyOrder() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        std::vector<Bytes> sent;
        for (int i = 0; i < 12; ++i) {
            sent.push_back(alice.sealFor(bob).value());
        }
        for (const std::size_t i : {5U, 4U, 11U, 0U, 1U, 10U, 2U, 9U, 3U, 8U, 6U, 7U}) {
            QVERIFY(bob.openFrom(alice, sent[i]).has_value());
        }
        for (const Bytes& again : sent) {
            QVERIFY(bob.receiveFrom(alice, again).error() == Error::Duplicate);
        }
    }
    /// Fact 11: the library keeps five chains, so a message may be late by five turns of the ratchet and not
    /// by six.
    void fact11_aLateMessageSurvivesFiveTurnsButNotSix() {
        for (const int turns : {1, 4, 5, 6}) {
            Party alice("alice");
            Party bob("bob");
            QVERIFY(alice.startWith(bob));
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
            const auto late = alice.sealFor(bob).value();
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            for (int i = 1; i < turns; ++i) {
                QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
                QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            }
            const auto opened = bob.receiveFrom(alice, late);
            if (turns <= 5) {
                QVERIFY(opened.has_value());
            } else {
                QVERIFY(opened.error() == Error::Undecryptable);
            }
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        }
    }
    /// Fact 5: 2,000 skipped messages are the most; one more loses the rest of the chain, and only that.
    void fact05_aGapOf2000OpensAndOf2001DoesNot() {
        for (const int gap : {1999, 2000, 2001}) {
            Party alice("alice");
            Party bob("bob");
            QVERIFY(alice.startWith(bob));
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            std::vector<Bytes> skipped;
            for (int i = 0; i < gap; ++i) {
                skipped.push_back(alice.sealFor(bob).value());
            }
            const auto opened = bob.receiveFrom(alice, alice.sealFor(bob).value());
            if (gap <= 2000) {
                QVERIFY(opened.has_value());
                QVERIFY(bob.receiveFrom(alice, skipped.front()).has_value());
                QVERIFY(bob.receiveFrom(alice, skipped[1000]).has_value());
                QVERIFY(bob.receiveFrom(alice, skipped.back()).has_value());
            } else {
                QVERIFY(opened.error() == Error::TooFarAhead);
                // The next turn of the ratchet heals it.
                QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
                QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            }
        }
    }

    // ---- Identity ----

    void nothingIsSealedForAnotherIdentityThanTheNewestListNames() {
        Party alice("alice");
        Party bob("bob");
        const auto replaced = DeviceKeys::generate(bob.random).identityKey();
        QVERIFY(alice.startWith(bob));
        const auto before = alice.store.tables;
        QVERIFY(alice.sessions.seal(bob.address, replaced, alice.headerFor(bob)).error() ==
                Error::UntrustedIdentity);
        QVERIFY(alice.store.tables == before);
        QVERIFY(alice.sealFor(bob).has_value());
        QVERIFY(alice.sessions.identityOf(bob.address).value() == bob.keys.identityKey());
    }
    void nothingIsOpenedFromAnotherIdentityThanTheNewestListNames() {
        Party alice("alice");
        Party bob("bob");
        const auto replaced = DeviceKeys::generate(alice.random).identityKey();
        QVERIFY(alice.startWith(bob));
        const auto first = alice.sealFor(bob).value();
        const auto before = bob.store.tables;
        QVERIFY(bob.sessions.open(alice.address, replaced, first).error() == Error::UntrustedIdentity);
        QVERIFY(bob.store.tables == before);
        QVERIFY(bob.openFrom(alice, first).has_value());
        QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
        // And after decryption, on a session that stands.
        const auto next = alice.sealFor(bob).value();
        const auto standing = bob.store.tables;
        QVERIFY(bob.sessions.open(alice.address, replaced, next).error() == Error::UntrustedIdentity);
        QVERIFY(bob.store.tables == standing);
        QVERIFY(bob.openFrom(alice, next).has_value());
    }

    // ---- Store ----

    /// Fact 11: the library answers -1000 to this, like to many other things.
    void fact11_sealingWithoutASessionIsNamed() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.sealFor(bob).error() == Error::NoSession);
        QVERIFY(!alice.sessions.has(bob.address).value());
        QVERIFY(alice.startWith(bob));
        QVERIFY(alice.sessions.has(bob.address).value());
        const auto next = alice.sealFor(bob).value();
        QVERIFY(bob.openFrom(alice, next).has_value());
        QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
        const auto later = alice.sealFor(bob).value();
        QVERIFY(bob.sessions.remove(alice.address).has_value());
        QVERIFY(bob.openFrom(alice, later).error() == Error::NoSession);
    }
    void aStorageErrorComesThroughAndTheSameCallSucceedsAfterwards() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        const auto first = alice.sealFor(bob).value();
        for (std::uint64_t write = 0; write < 2; ++write) { // remove the one-time prekey, store the session
            const auto before = bob.store.tables;
            bob.store.failWritesAfter(write);
            QVERIFY(bob.openFrom(alice, first).error() == Error::Storage);
            bob.store.failWritesAfter(std::nullopt);
            bob.store.rollBack(before);
        }
        QVERIFY(bob.openFrom(alice, first).has_value());
        const auto answer = bob.sealFor(alice).value();
        alice.store.failWritesAfter(0);
        QVERIFY(alice.sealFor(bob).error() == Error::Storage);
        QVERIFY(alice.startWith(bob, false).error() == Error::Storage);
        QVERIFY(alice.sessions.archive(bob.address).error() == Error::Storage);
        QVERIFY(alice.sessions.remove(bob.address).error() == Error::Storage);
        alice.store.failWritesAfter(std::nullopt);
        alice.store.failReads(true);
        QVERIFY(alice.sealFor(bob).error() == Error::Storage);
        QVERIFY(alice.sessions.has(bob.address).error() == Error::Storage);
        QVERIFY(alice.openFrom(bob, answer).error() == Error::Storage);
        alice.store.failReads(false);
        QVERIFY(alice.openFrom(bob, answer).has_value());
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
    }
    /// Sessions are kept decoded between calls; a rollback by the caller must take them back too.
    void aRollbackTakesTheRatchetBack() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        const auto first = alice.sealFor(bob).value();
        const auto second = alice.sealFor(bob).value();
        const auto before = bob.store.tables;
        QVERIFY(bob.openFrom(alice, first).has_value());
        QVERIFY(bob.openFrom(alice, second).has_value());
        bob.store.rollBack(before);
        QVERIFY(!bob.sessions.has(alice.address).value());
        QVERIFY(bob.openFrom(alice, first).has_value());
        const auto between = bob.store.tables;
        QVERIFY(bob.openFrom(alice, second).has_value());
        QVERIFY(bob.receiveFrom(alice, second).error() == Error::Duplicate);
        bob.store.rollBack(between);
        QVERIFY(bob.openFrom(alice, second).has_value());
        // Fact 11: after a rollback the same key seals again, so bytes leave only after the commit.
        const auto sending = alice.store.tables;
        const auto header = alice.headerFor(bob);
        const auto sealed = alice.sessions.seal(bob.address, bob.keys.identityKey(), header).value();
        alice.store.rollBack(sending);
        QVERIFY(alice.sessions.seal(bob.address, bob.keys.identityKey(), header).value() == sealed);
    }
    void aNewProcessGoesOnWhereTheOldOneStopped() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        for (int round = 0; round < 6; ++round) {
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            alice.sessions.forget();
            bob.sessions.forget();
            QVERIFY(alice.openFrom(bob, bob.sealFor(alice).value()).has_value());
            alice.sessions.forget();
        }
    }
    void aRecordThatCannotBeReadCountsAsNone() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        const Bytes whole = alice.store.tables.sessions.at(bob.address);
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            alice.store.tables.sessions[bob.address] =
                Bytes(whole.begin(), whole.begin() + static_cast<long>(cut));
            const auto sealed = alice.sealFor(bob);
            QVERIFY(!sealed && sealed.error() == Error::NoSession);
        }
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
    }
    /// The database vouches for its bytes, but a record must not bring the program down whatever it holds.
    void aDamagedRecordNeverCrashes() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        const auto next = bob.sealFor(alice).value();
        const Bytes whole = alice.store.tables.sessions.at(bob.address);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            for (const std::uint8_t change : std::initializer_list<std::uint8_t>{0x01, 0x08, 0x80, 0xFF}) {
                Bytes& record = alice.store.tables.sessions[bob.address];
                record = whole;
                record[i] = static_cast<std::uint8_t>(record[i] ^ change);
                (void)alice.sealFor(bob);
                record = whole;
                record[i] = static_cast<std::uint8_t>(record[i] ^ change);
                (void)alice.openFrom(bob, next);
            }
        }
        alice.store.tables.sessions[bob.address] = whole;
        QVERIFY(alice.openFrom(bob, next).has_value());
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
    }

    // ---- Archived states ----

    void stragglersOfAnArchivedSessionAreOpened() {
        Party alice("alice");
        Party bob("bob");
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        const auto straggler = alice.sealFor(bob).value();
        QVERIFY(alice.startWith(bob));
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        QVERIFY(bob.openFrom(alice, straggler).has_value());
        QVERIFY(bob.sessions.archive(alice.address).has_value());
        QVERIFY(!bob.sessions.has(alice.address).value());
        QVERIFY(bob.sealFor(alice).error() == Error::NoSession);
        QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
        QVERIFY(bob.sessions.has(alice.address).value());
    }
    void atMostFourArchivedStatesAreKept() {
        Party alice("alice");
        Party bob("bob");
        std::vector<Bytes> stragglers;
        for (int session = 0; session < 7; ++session) {
            QVERIFY(alice.startWith(bob));
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            stragglers.push_back(alice.sealFor(bob).value());
        }
        // The current one and four before it; prekeys of the older ones are used up.
        for (std::size_t i = 0; i < stragglers.size(); ++i) {
            const auto before = bob.store.tables;
            const auto opened = bob.openFrom(alice, stragglers[i]);
            QCOMPARE(opened.has_value(), i >= 2);
            if (!opened) {
                QVERIFY(opened.error() == Error::PrekeyGone);
            }
            bob.store.rollBack(before);
        }
    }
    void anArchivedStateIsForgottenAfterThirtyDays() {
        for (const int days : {29, 31}) {
            Party alice("alice");
            Party bob("bob");
            QVERIFY(alice.startWith(bob));
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            const auto straggler = alice.sealFor(bob).value();
            QVERIFY(alice.startWith(bob));
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value());
            bob.clock.now += std::chrono::days(days);
            QVERIFY(bob.openFrom(alice, alice.sealFor(bob).value()).has_value()); // anything that stores
            QCOMPARE(bob.receiveFrom(alice, straggler).has_value(), days == 29);
        }
    }
};

QTEST_GUILESS_MAIN(TestSessions)
#include "test_sessions.moc"
