// SPDX-License-Identifier: GPL-3.0-or-later
// Device lists and prekeys at the relay.
#include "tests/relay/relay_world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::relay;

class TestDirectory : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void listsAreFoundByNameAndAccount() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto wire = world.logIn(alice);
        pb::Frame frame;
        frame.mutable_fetch_lists()->add_accounts(wire::fieldOf(bob.id()));
        frame.mutable_fetch_lists()->add_accounts(std::string(32, 'x'));
        frame.mutable_fetch_lists()->add_names("alice");
        frame.mutable_fetch_lists()->add_names("nobody");
        const pb::Frame answer = world.ask(*wire, frame);
        QCOMPARE(answer.lists().lists_size(), 2);
        QCOMPARE(answer.lists().lists(0).bytes(), stringOf(bob.list().bytes));
        QCOMPARE(answer.lists().lists(1).bytes(), stringOf(alice.list().bytes));
    }

    void aSuccessorIsTakenFromAnyoneAndTellsTheOthers() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        TestAccount bob = world.account("bob", 2);
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob, 1);
        auto atBobToo = world.logIn(bob, 2);
        bob.addDevice();
        bob.succeed();
        world.publish(*atAlice, bob); // Alice heard of it before the relay did
        QCOMPARE(world.take(*atBob).notice().own_list().version(), 3U);
        QCOMPARE(world.take(*atBobToo).notice().own_list().hash(), bob.ref().hash());
        world.publish(*atBob, bob); // again: as if it were the first time
        auto third = world.logIn(bob, 3);
        QCOMPARE(world.welcome.welcome().list().version(), 3U);
    }

    void anAccountMayChangeItsName() {
        RelayWorld world;
        world.account("carol");
        const TestAccount alice = world.account("alice");
        auto wire = world.logIn(alice);
        DeviceList list = alice.plainList();
        list.version = 2;
        list.previous = deviceListHash(alice.list().bytes);
        list.name = "carol";
        pb::Frame frame;
        *frame.mutable_publish_list()->mutable_list() = wireOf(alice.signedAs(list));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::NAME_TAKEN));
        list.name = "alicia";
        *frame.mutable_publish_list()->mutable_list() = wireOf(alice.signedAs(list));
        QVERIFY(world.ask(*wire, frame).has_list_published());
        pb::Frame fetch;
        fetch.mutable_fetch_lists()->add_names("alice");
        fetch.mutable_fetch_lists()->add_names("alicia");
        QCOMPARE(world.ask(*wire, fetch).lists().lists_size(), 1);
    }

    void case10_aRemovedDeviceIsCutOffAndItsMailboxDropped() {
        RelayWorld world;
        TestAccount alice = world.account("alice", 2);
        const TestAccount bob = world.account("bob");
        auto atBob = world.logIn(bob);
        world.send(*atBob, bob.message(alice, world.random.next<SendId>(), "to both"));
        auto first = world.logIn(alice, 1);
        auto second = world.logIn(alice, 2);
        publishPrekeys(world, *second, alice, 2, {1, 2, 3});
        alice.removeDevice(2);
        alice.succeed();
        world.publish(*first, alice);
        QCOMPARE(int(world.take(*second).error().code()), int(pb::REVOKED));
        QVERIFY(second->closed);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 1);
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 1);
        QCOMPARE(world.count("SELECT count(*) FROM prekey"), 0);
        // It may learn that it was removed, since it can prove who it was; and that is all.
        auto wire = world.connect();
        QCOMPARE(world.errorOf(*wire, alice.hello(wire->greeting(), 2)), int(pb::REVOKED));
        QVERIFY(wire->closed);
        world.acknowledge(*first, 1);
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 0);
        // Mail goes to what is left, and to nothing else.
        for (int i = 0; i < 10; ++i) {
            QVERIFY(
                world.ask(*atBob, bob.message(alice, world.random.next<SendId>(), "to one")).has_stored());
        }
        QCOMPARE(world.count("SELECT count(*) FROM row"), 10);
        QCOMPARE(world.count("SELECT count(DISTINCT mailbox) FROM row"), 1);
        auto again = world.connect();
        QCOMPARE(world.errorOf(*again, alice.hello(again->greeting(), 2)), int(pb::REVOKED));
    }

    void aDeviceNumberNeverComesBack() {
        RelayWorld world;
        TestAccount alice = world.account("alice", 2);
        const DeviceEntry second = alice.plainList().devices[1];
        auto wire = world.logIn(alice);
        alice.removeDevice(2);
        alice.succeed();
        world.publish(*wire, alice);
        DeviceList list = alice.plainList();
        ++list.version;
        list.previous = deviceListHash(alice.list().bytes);
        list.devices.push_back(second);
        pb::Frame frame;
        *frame.mutable_publish_list()->mutable_list() = wireOf(alice.signedAs(list));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::LIST_INVALID));
    }

    void case07_aGhostDeviceIsRefused() {
        RelayWorld world;
        const TestAccount bob = world.account("bob");
        const TestAccount mallory = world.account("mallory");
        auto wire = world.logIn(mallory);
        const crypto::DeviceKeys ghost = crypto::DeviceKeys::generate(world.random);
        DeviceList list = bob.plainList();
        list.version = 2;
        list.previous = deviceListHash(bob.list().bytes);
        list.devices.push_back(ghost.entry(bob.id(), DeviceNumber{2}, world.random));
        pb::Frame frame;
        // Signed by someone else.
        *frame.mutable_publish_list()->mutable_list() = wireOf(mallory.signedAs(list));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::LIST_INVALID));
        // Bob's old signature over new bytes.
        frame.mutable_publish_list()->mutable_list()->set_signature(wire::fieldOf(bob.list().signature));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::LIST_INVALID));
        // Signed by Bob, but the device has not signed that it is Bob's.
        list.devices[1] = ghost.entry(mallory.id(), DeviceNumber{2}, world.random);
        *frame.mutable_publish_list()->mutable_list() = wireOf(bob.signedAs(list));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::LIST_INVALID));
        QCOMPARE(world.count("SELECT count(*) FROM device"), 2);
    }

    void case09_anOlderOrForkedListIsRefused() {
        RelayWorld world;
        TestAccount alice("alice", world.random);
        world.registerAccount(alice);
        const SignedDeviceList first = alice.list();
        const DeviceList firstList = alice.plainList();
        auto wire = world.logIn(alice);
        alice.addDevice();
        alice.succeed();
        world.publish(*wire, alice);
        pb::Frame frame;
        frame.set_request(4);
        *frame.mutable_publish_list()->mutable_list() = wireOf(first);
        pb::Frame answer = world.ask(*wire, frame);
        QCOMPARE(int(answer.error().code()), int(pb::LIST_OUTDATED));
        QCOMPARE(answer.error().list().bytes(), stringOf(alice.list().bytes));
        // Two lists at the same place: the one that came first stands, also after a restart.
        DeviceList fork = firstList;
        fork.version = 2;
        fork.previous = deviceListHash(first.bytes);
        world.restart();
        wire = world.logIn(alice);
        *frame.mutable_publish_list()->mutable_list() = wireOf(alice.signedAs(fork));
        answer = world.ask(*wire, frame);
        QCOMPARE(int(answer.error().code()), int(pb::LIST_OUTDATED));
        QCOMPARE(answer.error().list().bytes(), stringOf(alice.list().bytes));
        // A successor of something else.
        fork.version = 3;
        fork.previous = world.random.next<Digest>();
        *frame.mutable_publish_list()->mutable_list() = wireOf(alice.signedAs(fork));
        QCOMPARE(world.errorOf(*wire, frame), int(pb::LIST_OUTDATED));
    }

    void oneTimePrekeysAreHandedOutOnceAndThenTheSignedOneServesAlone() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atBob = world.logIn(bob);
        publishPrekeys(world, *atBob, bob, 1, {5, 6, 7});
        auto atAlice = world.logIn(alice);
        std::set<std::uint32_t> seen;
        for (int left = 2; left >= 0; --left) {
            const pb::Bundle bundle = fetch(world, *atAlice, bob.device());
            QVERIFY(bundle.has_one_time());
            QVERIFY(seen.insert(bundle.one_time().id()).second);
            QCOMPARE(int(world.take(*atBob).notice().prekeys_left()), left);
            world.restart(); // deleted before the answer left
            atBob = world.logIn(bob);
            QCOMPARE(int(world.welcome.welcome().one_time_prekeys()), left);
            atAlice = world.logIn(alice);
        }
        const pb::Bundle bundle = fetch(world, *atAlice, bob.device());
        QVERIFY(!bundle.has_one_time());
        QVERIFY(!bundle.statement().empty());
        QCOMPARE(world.count("SELECT count(*) FROM prekey WHERE length(key) > 0"), 0);
    }

    void prekeysCanBeReplacedAndAreLimited() {
        RelayWorld world;
        const TestAccount bob = world.account("bob");
        auto atBob = world.logIn(bob);
        std::vector<std::uint32_t> ids(150);
        std::iota(ids.begin(), ids.end(), 1U);
        QCOMPARE(publishPrekeys(world, *atBob, bob, 1, ids).prekeys_published().one_time_prekeys(), 150U);
        std::iota(ids.begin(), ids.end(), 1001U);
        QCOMPARE(int(publishPrekeys(world, *atBob, bob, 1, ids).error().code()), int(pb::QUOTA));
        QCOMPARE(publishPrekeys(world, *atBob, bob, 1, ids, true).prekeys_published().one_time_prekeys(),
                 150U);
        QCOMPARE(world.count("SELECT min(id) FROM prekey"), 1001);
    }

    void aDeviceWithoutABundleIsLeftOut() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        pb::Frame frame;
        wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), bob.device());
        wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), bob.device(9));
        QCOMPARE(world.ask(*atAlice, frame).bundles().bundles_size(), 0);
    }

    void case36_prekeysAreNotDrained() {
        Options options;
        options.limits.registrationsPerHour = 1'000;
        RelayWorld world(options);
        const TestAccount bob = world.account("bob");
        const TestAccount carol = world.account("carol");
        auto atBob = world.logIn(bob);
        std::vector<std::uint32_t> ids(200);
        std::iota(ids.begin(), ids.end(), 1U);
        publishPrekeys(world, *atBob, bob, 1, ids);
        publishPrekeys(world, *world.logIn(carol), carol, 1, {1});
        // One account, a thousand times: limited as a requester.
        const TestAccount mallory = world.account("mallory");
        auto wire = world.logIn(mallory);
        int oneTime = 0;
        int answered = 0;
        for (int i = 0; i < 1'000; ++i) {
            pb::Frame frame;
            wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), bob.device());
            const pb::Frame answer = world.ask(*wire, frame);
            if (answer.has_error()) {
                QCOMPARE(int(answer.error().code()), int(pb::RATE_LIMITED));
                QVERIFY(answer.error().retry_after_ms() > 0);
                continue;
            }
            ++answered;
            oneTime += answer.bundles().bundles(0).has_one_time() ? 1 : 0;
        }
        QCOMPARE(answered, 90);
        QCOMPARE(oneTime, 15); // Bob's one-time prekeys are spared before he has to be
        // A hundred accounts: limited for the target, whoever asks.
        bool targetLimited = false;
        for (int i = 0; i < 100; ++i) {
            auto other = world.logIn(world.account("m" + std::to_string(i)));
            pb::Frame frame;
            wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), bob.device());
            for (int j = 0; j < 3; ++j) {
                const pb::Frame answer = world.ask(*other, frame);
                QVERIFY(answer.has_bundles() || answer.error().code() == pb::RATE_LIMITED);
                targetLimited |= answer.has_error();
                oneTime += answer.has_bundles() && answer.bundles().bundles(0).has_one_time() ? 1 : 0;
            }
            world.clock.advance(std::chrono::seconds(5));
        }
        QVERIFY(targetLimited);
        QVERIFY2(oneTime <= 15 + 10, qPrintable(QString::number(oneTime))); // some minutes' worth more
        QVERIFY(world.count("SELECT count(*) FROM prekey WHERE spent_at = 0 AND mailbox = 1") > 150);
        // Others' directories are as they were, and Bob's signed prekey serves again soon.
        auto honest = world.logIn(world.account("alice"));
        QVERIFY(fetch(world, *honest, carol.device()).has_one_time());
        world.clock.advance(std::chrono::minutes(2));
        QVERIFY(!fetch(world, *honest, bob.device()).statement().empty());
    }

    void case38_aSpentPrekeyDoesNotComeBackWithARepeatedUpload() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atBob = world.logIn(bob);
        publishPrekeys(world, *atBob, bob, 1, {1, 2});
        auto atAlice = world.logIn(alice);
        const std::uint32_t spent = fetch(world, *atAlice, bob.device()).one_time().id();
        // Bob never saw the answer to his upload and repeats it; also as a replacement.
        for (const bool replace : {false, true}) {
            world.restart();
            atBob = world.logIn(bob);
            QCOMPARE(
                publishPrekeys(world, *atBob, bob, 1, {1, 2}, replace).prekeys_published().one_time_prekeys(),
                1U);
        }
        atAlice = world.logIn(alice);
        QVERIFY(fetch(world, *atAlice, bob.device()).one_time().id() != spent);
        QVERIFY(!fetch(world, *atAlice, bob.device()).has_one_time());
    }

    void case40_lookUpsAreLimitedByAccountAndAddress() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto wire = world.logIn(alice);
        int found = 0;
        int limited = 0;
        for (int i = 0; i < 1'000; ++i) {
            pb::Frame frame;
            for (int j = 0; j < 10; ++j) {
                frame.mutable_fetch_lists()->add_names("guess" + std::to_string(i * 10 + j));
            }
            const pb::Frame answer = world.ask(*wire, frame);
            found += answer.has_lists() ? 1 : 0;
            limited += answer.has_error() && answer.error().code() == pb::RATE_LIMITED ? 1 : 0;
        }
        QCOMPARE(found, 15); // 150 names: a quarter of an hour's worth
        QCOMPARE(limited, 985);
        QCOMPARE(world.relay->statistics().refused, 985U);
        // More accounts behind one address do not help for long.
        int accounts = 0;
        for (; accounts < 20; ++accounts) {
            auto other = world.logIn(world.account("a" + std::to_string(accounts)));
            pb::Frame frame;
            for (int j = 0; j < 60; ++j) {
                frame.mutable_fetch_lists()->add_names("guess");
            }
            if (world.errorOf(*other, frame) == int(pb::RATE_LIMITED)) {
                break;
            }
        }
        QCOMPARE(accounts, 5); // 450 names from this address, 150 of them by Alice
    }

private:
    static pb::Frame publishPrekeys(RelayWorld& world, RelayWorld::Wire& wire, const TestAccount& account,
                                    std::uint32_t device, const std::vector<std::uint32_t>& ids,
                                    bool replace = false) {
        pb::Frame frame;
        pb::PublishPrekeys& publish = *frame.mutable_publish_prekeys();
        const SignedBundleStatement statement = account.bundle(device);
        publish.set_statement(stringOf(statement.bytes));
        publish.set_signature(wire::fieldOf(statement.signature));
        publish.set_replace(replace);
        static const Curve25519Key key = crypto::DeviceKeys::generate(world.random).identityKey();
        for (const std::uint32_t id : ids) {
            pb::OneTimePrekey& prekey = *publish.add_one_time();
            prekey.set_id(id);
            prekey.set_key(wire::fieldOf(key));
        }
        return world.ask(wire, frame);
    }
    static pb::Bundle fetch(RelayWorld& world, RelayWorld::Wire& wire, const DeviceAddress& device) {
        pb::Frame frame;
        wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), device);
        const pb::Frame answer = world.ask(wire, frame);
        return answer.bundles().bundles_size() == 1 ? answer.bundles().bundles(0) : pb::Bundle();
    }
};

QTEST_GUILESS_MAIN(TestDirectory)
#include "test_directory.moc"
