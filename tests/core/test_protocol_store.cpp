// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"
#include "core/storage/protocol_store.h"
#include "tests/crypto/party.h"
#include "tests/support/protocol_store_suite.h"

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

class TestProtocolStore : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    SystemRandom m_random;
    std::optional<Profile> m_profile;

    std::filesystem::path place() const { return m_home->filePath("alice").toStdString(); }
    db::Database& database() { return m_profile->database(); }
    void reopen() {
        m_profile.reset();
        m_profile.emplace(Profile::open(place(), {}).value());
    }

private slots:
    void initTestCase() { initialiseSodium(); }
    void init() {
        m_home = std::make_unique<QTemporaryDir>();
        m_profile.emplace(Profile::create(place(), {}, m_random).value());
    }
    void cleanup() { m_profile.reset(); }

    void theStoreOnDiskAndTheOneInMemoryBehaveAlike_data() {
        QTest::addColumn<QString>("where");
        QTest::addColumn<int>("check");
        for (int i = 0; i < static_cast<int>(kProtocolStoreChecks.size()); ++i) {
            const char* name = kProtocolStoreChecks[static_cast<std::size_t>(i)].name;
            QTest::addRow("on disk: %s", name) << "disk" << i;
            QTest::addRow("in a batch: %s", name) << "batch" << i;
            QTest::addRow("in memory: %s", name) << "memory" << i;
        }
    }
    void theStoreOnDiskAndTheOneInMemoryBehaveAlike() {
        QFETCH(QString, where);
        QFETCH(int, check);
        const auto& run = kProtocolStoreChecks[static_cast<std::size_t>(check)].check;
        if (where != "memory") {
            ProtocolStore store(database());
            db::Transaction transaction(database());
            std::optional<SessionBatch> batch;
            if (where == "batch") {
                batch.emplace(store);
            }
            run({store, [&](const auto& work) {
                     db::Savepoint savepoint(database());
                     store.mark();
                     work();
                     savepoint.rollBack();
                     store.undo();
                 }});
        } else {
            crypto::MemoryProtocolStore store;
            run({store, [&](const auto& work) {
                     const auto before = store.snapshot();
                     work();
                     store.rollBack(before);
                 }});
        }
    }
    void aBatchWritesItsSessionsAtItsEndAndOthersNever() {
        ProtocolStore store(database());
        const DeviceAddress bob{m_random.next<AccountId>(), DeviceNumber{1}};
        const DeviceAddress carol{m_random.next<AccountId>(), DeviceNumber{1}};
        QVERIFY(database().transaction([&] { QVERIFY(store.storeSession(carol, Bytes{1})); }));
        const auto batch = [&](bool write) {
            QVERIFY(database().transaction([&] {
                SessionBatch sessions(store);
                QVERIFY(store.storeSession(bob, Bytes{2}));
                store.mark();
                QVERIFY(store.storeSession(bob, Bytes{3}));
                QVERIFY(store.removeSession(carol));
                QVERIFY(store.loadSession(bob).value() == Bytes{3});
                if (write) {
                    sessions.write();
                }
            }));
        };
        batch(false);
        QVERIFY(!store.loadSession(bob).value());
        QVERIFY(!store.loadSession(carol).value());
        batch(true);
        QVERIFY(store.loadSession(bob).value() == Bytes{3});
    }
    void aliceTalksWithBobAcrossHerRestart() {
        crypto::Party bob("bob");
        crypto::Party alice("alice"); // only her keys: her store is the one on disk
        const auto speak = [&] {
            ProtocolStore store(database());
            crypto::Sessions sessions(store, alice.keys, m_random, alice.clock);
            for (int i = 0; i < 3; ++i) {
                const auto sealed = database().transaction(
                    [&] { return sessions.seal(bob.address, bob.keys.identityKey(), alice.headerFor(bob)); });
                QVERIFY(sealed.value().has_value());
                QVERIFY(bob.openFrom(alice, **sealed).has_value());
                const auto answer = bob.sealFor(alice);
                QVERIFY(database()
                            .transaction(
                                [&] { return sessions.open(bob.address, bob.keys.identityKey(), *answer); })
                            .value()
                            .has_value());
            }
        };
        {
            ProtocolStore store(database());
            crypto::Sessions sessions(store, alice.keys, m_random, alice.clock);
            QVERIFY(
                sessions
                    .start(crypto::verifyBundle(bob.bundle(), bob.list(), bob.address.device, bob.clock.now)
                               .value())
                    .has_value());
        }
        speak();
        reopen();
        QCOMPARE(ProtocolStore(database()).sessionDevices(), std::vector<DeviceAddress>{bob.address});
        speak();
    }
    void whatTheRelayShouldHaveIsListed() {
        ProtocolStore store(database());
        const crypto::DeviceKeys keys = crypto::DeviceKeys::generate(m_random);
        auto made = crypto::Prekeys(store, keys, m_random).makeOneTime(20).value();
        QVERIFY(store.removeOneTimePrekey(made.back().id).has_value());
        made.pop_back();
        std::ranges::sort(made, {}, &crypto::OneTimePrekey::id);
        reopen();
        ProtocolStore reopened(database());
        QVERIFY(reopened.oneTimePrekeys() == made);
        QCOMPARE(reopened.oneTimePrekeyCount(), 19);
    }
    void oldSignedPrekeysGoWithTheirBaseKeysButNeverTheNewestOnes() {
        ProtocolStore store(database());
        QVERIFY(!store.newestSignedPrekeyAt().has_value());
        const Curve25519Key base = makePair(9).publicKey;
        constexpr std::uint32_t kNewest = ProtocolStore::kSignedPrekeysKept + 2;
        for (std::uint32_t id = 1; id <= kNewest; ++id) {
            QVERIFY(store
                        .storeSignedPrekey(crypto::PrekeyId{id}, makePair(static_cast<std::uint8_t>(id)),
                                           wallTime(id * 1000))
                        .has_value());
            QVERIFY(store.rememberBaseKey(crypto::PrekeyId{id}, base).has_value());
        }
        QCOMPARE(unixMilliseconds(*store.newestSignedPrekeyAt()), kNewest * 1000);
        store.removeSignedPrekeysBefore(wallTime(2000));
        QVERIFY(!store.loadSignedPrekey(crypto::PrekeyId{1}).value().has_value());
        QVERIFY(!store.knowsBaseKey(crypto::PrekeyId{1}, base).value());
        QVERIFY(store.knowsBaseKey(crypto::PrekeyId{2}, base).value());
        // A clock that is years ahead: mail made with what was handed out last still opens.
        store.removeSignedPrekeysBefore(wallTime(1'000'000'000));
        QVERIFY(!store.loadSignedPrekey(crypto::PrekeyId{2}).value().has_value());
        for (std::uint32_t id = 3; id <= kNewest; ++id) {
            QVERIFY(isPair(store.loadSignedPrekey(crypto::PrekeyId{id}), static_cast<std::uint8_t>(id)));
            QVERIFY(store.knowsBaseKey(crypto::PrekeyId{id}, base).value());
        }
    }
    void aFullDiskIsAStorageErrorAndItsCauseIsKept() {
        ProtocolStore store(database());
        QVERIFY(store.storeSession(kAlice, viewOf("before")).has_value());
        QVERIFY(!store.lastFailure().has_value());
        database().execute("PRAGMA max_page_count = 1"); // at once as full as it is
        const Bytes big(200'000, 1);
        QCOMPARE(store.storeSession(kAlice, big).error(), crypto::Error::Storage);
        QCOMPARE(store.lastFailure().value(), db::Error::Full);
        QVERIFY(store.loadSession(kAlice).value() == bytesOf(viewOf("before")));
    }
    void aPrivateKeyOfAnotherSizeIsAStorageError() {
        ProtocolStore store(database());
        database().run("INSERT INTO one_time_prekey(id, public_key, private_key) VALUES (1, ?, ?)",
                       Bytes(32, 1), Bytes(31, 1));
        QCOMPARE(store.loadOneTimePrekey(crypto::PrekeyId{1}).error(), crypto::Error::Storage);
        QCOMPARE(store.lastFailure().value(), db::Error::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestProtocolStore)
#include "test_protocol_store.moc"
