// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What every ProtocolStore must do, so that the one in memory, which tests and benches use, stands for the
/// one on disk. Each check gets an empty store.

#include "crypto/protocol_store.h"

#include <QTest>
#include <functional>

namespace sotto::test {

struct StoreUnderTest {
    crypto::ProtocolStore& store;
    /// Calls the function inside a savepoint and rolls that back.
    std::function<void(const std::function<void()>&)> undone;
};

struct StoreCheck {
    const char* name;
    void (*check)(const StoreUnderTest&);
};

inline const DeviceAddress kAlice{{{1, 2, 3}}, DeviceNumber{1}};
inline const DeviceAddress kAlicesTablet{{{1, 2, 3}}, DeviceNumber{2}};
inline const DeviceAddress kBob{{{9, 9}}, DeviceNumber{1}};

inline crypto::PrekeyPair makePair(std::uint8_t seed) {
    crypto::PrekeyPair pair;
    pair.publicKey.value.fill(seed);
    std::ranges::fill(pair.privateKey.exposeWritable(), static_cast<std::uint8_t>(seed + 100));
    return pair;
}
inline bool isPair(const crypto::Result<std::optional<crypto::PrekeyPair>>& loaded, std::uint8_t seed) {
    const crypto::PrekeyPair pair = makePair(seed);
    return loaded && *loaded && (*loaded)->publicKey == pair.publicKey &&
           (*loaded)->privateKey == pair.privateKey;
}

inline const std::array kProtocolStoreChecks = {
    StoreCheck{"sessions are kept for each device",
               [](const StoreUnderTest& test) {
                   crypto::ProtocolStore& store = test.store;
                   QVERIFY(store.loadSession(kAlice).value() == std::nullopt);
                   QVERIFY(store.storeSession(kAlice, viewOf("one")).has_value());
                   QVERIFY(store.storeSession(kAlicesTablet, viewOf("two")).has_value());
                   QVERIFY(store.storeSession(kBob, viewOf("three")).has_value());
                   QVERIFY(store.storeSession(kAlice, viewOf("one, later")).has_value());
                   QVERIFY(store.loadSession(kAlice).value() == bytesOf(viewOf("one, later")));
                   QVERIFY(store.loadSession(kAlicesTablet).value() == bytesOf(viewOf("two")));
                   QVERIFY(store.removeSession(kAlice).has_value());
                   QVERIFY(store.removeSession(kAlice).has_value());
                   QVERIFY(store.loadSession(kAlice).value() == std::nullopt);
                   QVERIFY(store.loadSession(kAlicesTablet).value() == bytesOf(viewOf("two")));
                   QVERIFY(store.loadSession(kBob).value() == bytesOf(viewOf("three")));
               }},
    StoreCheck{"records of any length come back whole",
               [](const StoreUnderTest& test) {
                   for (const std::size_t size : {0U, 1U, 4000U, 182'000U}) {
                       Bytes record(size, 0);
                       for (std::size_t i = 0; i < size; ++i) {
                           record[i] = static_cast<std::uint8_t>(i * 7);
                       }
                       QVERIFY(test.store.storeSession(kAlice, record).has_value());
                       QVERIFY(test.store.loadSession(kAlice).value() == record);
                   }
               }},
    StoreCheck{"a prekey id is given out once",
               [](const StoreUnderTest& test) {
                   using enum crypto::IdReservation;
                   constexpr crypto::PrekeyId id{0xFFFFFFFE};
                   QCOMPARE(test.store.reservePrekeyId(id).value(), Reserved);
                   QCOMPARE(test.store.reservePrekeyId(id).value(), TakenBefore);
                   QCOMPARE(test.store.reservePrekeyId(crypto::PrekeyId{1}).value(), Reserved);
                   // Nor again when the prekey itself is used up.
                   QVERIFY(test.store.storeOneTimePrekey(id, makePair(1)).has_value());
                   QVERIFY(test.store.removeOneTimePrekey(id).has_value());
                   QCOMPARE(test.store.reservePrekeyId(id).value(), TakenBefore);
               }},
    StoreCheck{"one-time prekeys go when they are used",
               [](const StoreUnderTest& test) {
                   constexpr crypto::PrekeyId id{0xFFFFFFFE};
                   QVERIFY(!test.store.loadOneTimePrekey(id).value().has_value());
                   QVERIFY(test.store.storeOneTimePrekey(id, makePair(1)).has_value());
                   QVERIFY(test.store.storeOneTimePrekey(crypto::PrekeyId{3}, makePair(2)).has_value());
                   QVERIFY(isPair(test.store.loadOneTimePrekey(id), 1));
                   QVERIFY(!test.store.loadSignedPrekey(id).value().has_value());
                   QVERIFY(test.store.removeOneTimePrekey(id).has_value());
                   QVERIFY(test.store.removeOneTimePrekey(id).has_value());
                   QVERIFY(!test.store.loadOneTimePrekey(id).value().has_value());
                   QVERIFY(isPair(test.store.loadOneTimePrekey(crypto::PrekeyId{3}), 2));
               }},
    StoreCheck{"signed prekeys stay beside their successors",
               [](const StoreUnderTest& test) {
                   const crypto::PrekeyId first{0xFFFFFFFE};
                   const crypto::PrekeyId second{5};
                   QVERIFY(!test.store.loadSignedPrekey(first).value().has_value());
                   QVERIFY(test.store.storeSignedPrekey(first, makePair(1), wallTime(1000)).has_value());
                   QVERIFY(test.store.storeSignedPrekey(second, makePair(2), wallTime(2000)).has_value());
                   QVERIFY(isPair(test.store.loadSignedPrekey(first), 1));
                   QVERIFY(isPair(test.store.loadSignedPrekey(second), 2));
               }},
    StoreCheck{"base keys are known under their signed prekey",
               [](const StoreUnderTest& test) {
                   const crypto::PrekeyId first{1};
                   const crypto::PrekeyId second{2};
                   const Curve25519Key base = makePair(7).publicKey;
                   QVERIFY(test.store.storeSignedPrekey(first, makePair(1), wallTime(1000)).has_value());
                   QVERIFY(!test.store.knowsBaseKey(first, base).value());
                   QVERIFY(test.store.rememberBaseKey(first, base).has_value());
                   QVERIFY(test.store.rememberBaseKey(first, base).has_value());
                   QVERIFY(test.store.knowsBaseKey(first, base).value());
                   QVERIFY(!test.store.knowsBaseKey(second, base).value());
                   QVERIFY(!test.store.knowsBaseKey(first, makePair(8).publicKey).value());
               }},
    StoreCheck{"a rollback undoes every kind of change",
               [](const StoreUnderTest& test) {
                   crypto::ProtocolStore& store = test.store;
                   const crypto::PrekeyId id{1};
                   const crypto::PrekeyId other{2};
                   const Curve25519Key base = makePair(7).publicKey;
                   QVERIFY(store.storeSession(kAlice, viewOf("before")).has_value());
                   QVERIFY(store.storeOneTimePrekey(id, makePair(1)).has_value());
                   test.undone([&] {
                       QVERIFY(store.storeSession(kAlice, viewOf("after")).has_value());
                       QVERIFY(store.storeSession(kBob, viewOf("new")).has_value());
                       QVERIFY(store.removeOneTimePrekey(id).has_value());
                       QVERIFY(store.storeOneTimePrekey(other, makePair(2)).has_value());
                       QVERIFY(store.storeSignedPrekey(other, makePair(3), wallTime(1)).has_value());
                       QVERIFY(store.rememberBaseKey(other, base).has_value());
                       QCOMPARE(store.reservePrekeyId(other).value(), crypto::IdReservation::Reserved);
                       QVERIFY(store.loadSession(kAlice).value() == bytesOf(viewOf("after")));
                   });
                   QVERIFY(store.loadSession(kAlice).value() == bytesOf(viewOf("before")));
                   QVERIFY(store.loadSession(kBob).value() == std::nullopt);
                   QVERIFY(isPair(store.loadOneTimePrekey(id), 1));
                   QVERIFY(!store.loadOneTimePrekey(other).value().has_value());
                   QVERIFY(!store.loadSignedPrekey(other).value().has_value());
                   QVERIFY(!store.knowsBaseKey(other, base).value());
                   QCOMPARE(store.reservePrekeyId(other).value(), crypto::IdReservation::Reserved);
               }},
};

} // namespace sotto::test
