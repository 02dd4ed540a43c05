// SPDX-License-Identifier: GPL-3.0-or-later
// Registration, log-in, what both sides compare then, and who is refused.
#include "tests/relay/relay_world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::relay;

class TestLogin : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aliceRegistersAndLogsIn() {
        RelayWorld world;
        const TestAccount alice("alice", world.random);
        auto wire = world.connect();
        QCOMPARE(wire->challenge.min_version(), 1U);
        QCOMPARE(wire->challenge.time(), unixMilliseconds(world.clock.wall()));
        QVERIFY(world.ask(*wire, alice.registration(wire->greeting(), world.invite())).has_registered());
        const pb::Frame answer = world.ask(*wire, alice.hello(wire->greeting())); // on the same connection
        QCOMPARE(answer.request(), 2U);
        const pb::Welcome& welcome = answer.welcome();
        QCOMPARE(welcome.epoch().size(), 16U);
        QCOMPARE(welcome.newest(), 0U);
        QCOMPARE(welcome.disagreements_size(), 0);
        QCOMPARE(welcome.list().SerializeAsString(), alice.ref().SerializeAsString());
        QCOMPARE(welcome.limits().packet_bytes(), 256U * 1024);
        QCOMPARE(welcome.limits().retention_ms(), 30ULL * 24 * 3600 * 1000);
    }

    void anInviteMakesOneAccount() {
        RelayWorld world;
        const Bytes invite = world.invite();
        const TestAccount alice("alice", world.random);
        const TestAccount bob("bob", world.random);
        auto wire = world.connect();
        const pb::Frame registration = alice.registration(wire->greeting(), invite);
        QVERIFY(world.ask(*wire, registration).has_registered());
        // The answer may have been lost: the same account may ask again, another may not.
        QVERIFY(world.ask(*wire, registration).has_registered());
        QCOMPARE(world.errorOf(*wire, bob.registration(wire->greeting(), invite)), int(pb::INVITE_INVALID));
        QCOMPARE(world.count("SELECT count(*) FROM account"), 1);
    }

    void anInviteExpires() {
        RelayWorld world;
        const Bytes invite = world.invite();
        const TestAccount alice("alice", world.random);
        world.clock.advance(std::chrono::hours(25));
        auto wire = world.connect();
        QCOMPARE(world.errorOf(*wire, alice.registration(wire->greeting(), invite)), int(pb::INVITE_INVALID));
    }

    void aNameIsTakenOnce() {
        RelayWorld world;
        world.account("alice");
        const TestAccount other("alice", world.random);
        auto wire = world.connect();
        const Bytes invite = world.invite();
        QCOMPARE(world.errorOf(*wire, other.registration(wire->greeting(), invite)), int(pb::NAME_TAKEN));
        // The invite is still good for another name.
        const TestAccount alicia("alicia", world.random);
        QVERIFY(world.ask(*wire, alicia.registration(wire->greeting(), invite)).has_registered());
    }

    void anOpenRelayNeedsNoInvite() {
        Options options;
        options.openRegistration = true;
        RelayWorld world(options);
        const TestAccount alice("alice", world.random);
        auto wire = world.connect();
        QVERIFY(wire->challenge.open_registration());
        QVERIFY(world.ask(*wire, alice.registration(wire->greeting(), {})).has_registered());
    }

    void aFullRelayTakesNoMoreAccounts() {
        Options options;
        options.limits.accounts = 1;
        RelayWorld world(options);
        world.account("alice");
        const TestAccount bob("bob", world.random);
        auto wire = world.connect();
        QCOMPARE(world.errorOf(*wire, bob.registration(wire->greeting(), world.invite())), int(pb::QUOTA));
    }

    void anotherVersionIsRefused() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto wire = world.connect();
        pb::Frame hello = alice.hello(wire->greeting());
        hello.mutable_hello()->set_version(2);
        QCOMPARE(world.errorOf(*wire, hello), int(pb::VERSION_UNSUPPORTED));
        QVERIFY(wire->closed);
    }

    void anUnknownKindOfFrameIsAnsweredAndNothingElseHappens() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto wire = world.logIn(alice);
        pb::Frame frame;
        frame.set_request(9);
        const pb::Frame answer = world.ask(*wire, frame);
        QCOMPARE(int(answer.error().code()), int(pb::UNKNOWN_FRAME));
        QCOMPARE(answer.request(), 9U);
        pb::Frame ping;
        ping.mutable_ping();
        QVERIFY(world.ask(*wire, ping).has_pong());
    }

    void silenceIsPingedAndThenClosed() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto wire = world.logIn(alice);
        auto mute = world.connect("192.0.2.2");
        world.clock.advance(std::chrono::seconds(31));
        world.relay->tick();
        world.settle();
        QVERIFY(mute->closed); // has not logged in within its time
        world.clock.advance(std::chrono::seconds(15));
        world.relay->tick();
        QVERIFY(world.relay->takeEffects().ping == std::vector{wire->id});
        world.relay->heard(wire->id);
        world.tick(std::chrono::seconds(60));
        QVERIFY(!wire->closed);
        world.tick(std::chrono::seconds(60));
        QVERIFY(wire->closed);
    }

    // ---- What is compared at log-in ----

    void aCursorThatAgreesIsAnAcknowledgement() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        for (int i = 0; i < 4; ++i) {
            world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), std::to_string(i)));
        }
        auto atBob = world.logIn(bob);
        const std::string epoch = world.welcome.welcome().epoch();
        // Bob stored three; his acknowledgement was lost with the connection.
        const std::uint64_t stamp = atBob->rows[2].stamp();
        auto again = world.connect();
        pb::Frame hello = bob.hello(again->greeting());
        hello.mutable_hello()->set_epoch(epoch);
        hello.mutable_hello()->mutable_cursor()->set_number(3);
        hello.mutable_hello()->mutable_cursor()->set_stamp(stamp);
        const pb::Frame answer = world.ask(*again, hello);
        QCOMPARE(answer.welcome().disagreements_size(), 0);
        QCOMPARE(answer.welcome().acked().number(), 3U);
        QCOMPARE(answer.welcome().acked().stamp(), stamp);
        QCOMPARE(again->rows.size(), 1U);
        QCOMPARE(again->rows[0].number(), 4U);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 1);
        // The acknowledged row's stamp is remembered: another one at that number is another history.
        auto other = world.connect();
        hello = bob.hello(other->greeting());
        hello.mutable_hello()->mutable_cursor()->set_number(3);
        hello.mutable_hello()->mutable_cursor()->set_stamp(stamp + 1);
        QVERIFY(disagrees(world.ask(*other, hello), pb::CURSOR_UNKNOWN));
        QCOMPARE(other->rows.size(), 1U);
    }

    void disagreements_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<int>("expected"); // -1: none
        QTest::newRow("other epoch") << "epoch" << int(pb::EPOCH_DIFFERS);
        QTest::newRow("cursor beyond the newest row") << "beyond" << int(pb::CURSOR_UNKNOWN);
        QTest::newRow("other stamp at the cursor") << "stamp" << int(pb::CURSOR_UNKNOWN);
        QTest::newRow("send that was never answered") << "send" << int(pb::SEND_UNKNOWN);
        QTest::newRow("send with another stamp") << "send stamp" << int(pb::SEND_UNKNOWN);
        QTest::newRow("all as the relay knows it") << "agree" << -1;
    }
    void disagreements() {
        QFETCH(QString, what);
        QFETCH(int, expected);
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob);
        const std::string epoch = world.welcome.welcome().epoch();
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "text"));
        const pb::Frame stored = world.ask(*atBob, bob.message(alice, world.random.next<SendId>(), "back"));

        auto wire = world.connect();
        pb::Frame frame = bob.hello(wire->greeting());
        pb::Hello& hello = *frame.mutable_hello();
        hello.set_epoch(what == "epoch" ? std::string(16, 'x') : epoch);
        hello.mutable_cursor()->set_number(what == "beyond" ? 2 : 1);
        hello.mutable_cursor()->set_stamp(atBob->rows[0].stamp() + (what == "stamp" ? 1 : 0));
        hello.mutable_last_stored()->set_send_id(what == "send" ? std::string(16, 'x')
                                                                : stored.stored().send_id());
        hello.mutable_last_stored()->set_stamp(stored.stored().stamp() + (what == "send stamp" ? 1 : 0));
        const pb::Frame answer = world.ask(*wire, frame);
        if (expected < 0) {
            QCOMPARE(answer.welcome().disagreements_size(), 0);
        } else {
            QVERIFY(disagrees(answer, static_cast<pb::Agreement>(expected)));
            QCOMPARE(answer.welcome().disagreements_size(), 1);
        }
    }

    void aGenerationIsKnownByEitherPair() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const auto logIn = [&](int confirmed, int pending) {
            auto wire = world.connect();
            pb::Frame frame = alice.hello(wire->greeting());
            const auto set = [](pb::Generation* pair, int number) {
                pair->set_number(static_cast<std::uint64_t>(number));
                pair->set_nonce(std::string(16, static_cast<char>('a' + number)));
            };
            if (confirmed != 0) {
                set(frame.mutable_hello()->mutable_confirmed(), confirmed);
            }
            set(frame.mutable_hello()->mutable_pending(), pending);
            return !disagrees(world.ask(*wire, frame), pb::GENERATION_UNKNOWN);
        };
        QVERIFY(logIn(0, 1)); // the first one ever
        QVERIFY(logIn(0, 1)); // its Welcome was lost
        QVERIFY(logIn(1, 2));
        world.restart();
        QVERIFY(logIn(1, 2));
        QVERIFY(logIn(2, 3));
        QVERIFY(!logIn(1, 2)); // a copy from before
        QVERIFY(logIn(3, 4));  // which has changed nothing
    }

    void aStoreFromABackupIsNoticed() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        world.crash();
        const auto backup = world.database().string() + ".backup";
        std::filesystem::copy_file(world.database(), backup);
        world.start();
        auto atAlice = world.logIn(alice);
        const pb::Frame stored = world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "lost"));
        auto atBob = world.logIn(bob);
        const std::uint64_t stamp = atBob->rows.at(0).stamp();
        world.acknowledge(*atBob, 1);
        world.crash();
        std::filesystem::remove(world.database().string() + "-wal");
        std::filesystem::copy_file(backup, world.database(),
                                   std::filesystem::copy_options::overwrite_existing);
        world.start();
        auto wire = world.connect();
        pb::Frame hello = alice.hello(wire->greeting());
        hello.mutable_hello()->mutable_last_stored()->set_send_id(stored.stored().send_id());
        hello.mutable_hello()->mutable_last_stored()->set_stamp(stored.stored().stamp());
        QVERIFY(disagrees(world.ask(*wire, hello), pb::SEND_UNKNOWN));
        wire = world.connect();
        hello = bob.hello(wire->greeting());
        hello.mutable_hello()->mutable_cursor()->set_number(1);
        hello.mutable_hello()->mutable_cursor()->set_stamp(stamp);
        QVERIFY(disagrees(world.ask(*wire, hello), pb::CURSOR_UNKNOWN));
    }

    // ---- Attack cases (docs/SECURITY.md) ----

    void case06_nobodyRegistersKeysThatAreNotTheirs() {
        RelayWorld world;
        const TestAccount bob("bob", world.random);
        const TestAccount mallory("mallory", world.random);
        auto wire = world.connect();
        const auto refused = [&](const pb::Frame& frame) {
            const int code = world.errorOf(*wire, frame);
            world.disconnect(*wire);
            wire = world.connect();
            return code == int(pb::LIST_INVALID);
        };
        // Bob's device in Mallory's list, with Bob's own signatures over Bob's account.
        DeviceList stolen = mallory.plainList();
        stolen.devices = bob.plainList().devices;
        QVERIFY(refused(forged(mallory, stolen, wire->greeting(), world.invite())));
        // Bob's identity key with Mallory's authentication key and signature.
        stolen = mallory.plainList();
        stolen.devices[0].identityKey = bob.plainList().devices[0].identityKey;
        QVERIFY(refused(forged(mallory, stolen, wire->greeting(), world.invite())));
        // Bob's account key, certified by nobody.
        stolen = mallory.plainList();
        stolen.certificate.account = bob.id();
        QVERIFY(refused(forged(mallory, stolen, wire->greeting(), world.invite())));
        // Bob's whole list, as anyone can fetch it, without his signer key.
        pb::Frame frame = mallory.registration(wire->greeting(), world.invite());
        *frame.mutable_register_()->mutable_list() = wireOf(bob.list());
        QVERIFY(refused(frame));
        // Bob's own proof, caught on another connection or at another relay.
        auto other = world.connect();
        QVERIFY(refused(bob.registration(other->greeting(), world.invite())));
        Greeting elsewhere = wire->greeting();
        elsewhere.relay = world.random.next<RelayId>();
        QVERIFY(refused(bob.registration(elsewhere, world.invite())));
        QCOMPARE(world.count("SELECT count(*) FROM account"), 0);
    }

    void case40_beforeLoginNothingTellsWhoExists() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount absent("absent", world.random);
        const TestAccount sameName("alice", world.random);
        const auto answers = [&](const auto& makeFrame) {
            auto wire = world.connect();
            return world.ask(*wire, makeFrame(*wire)).SerializeAsString();
        };
        // Registering a name that is there or not, with an invite that is not valid.
        const auto registering = [&](const TestAccount& account) {
            return answers([&](auto& wire) { return account.registration(wire.greeting(), Bytes(16, 1)); });
        };
        QCOMPARE(registering(sameName), registering(absent));
        // Logging in as someone who is there or not.
        const auto loggingIn = [&](const TestAccount& account) {
            return answers([&](auto& wire) {
                pb::Frame frame = account.hello(wire.greeting());
                frame.mutable_hello()->set_signature(std::string(64, 'x'));
                return frame;
            });
        };
        QCOMPARE(loggingIn(alice), loggingIn(absent));
        QVERIFY(loggingIn(alice).find("no such device") != std::string::npos);
        // Looking up, by name and account; fetching prekeys.
        const auto lookingUp = [&](const TestAccount& account, const std::string& name) {
            return answers([&](auto&) {
                pb::Frame frame;
                frame.mutable_fetch_lists()->add_names(name);
                frame.mutable_fetch_lists()->add_accounts(wire::fieldOf(account.id()));
                return frame;
            });
        };
        QCOMPARE(lookingUp(alice, "alice"), lookingUp(absent, "absent"));
        const auto fetching = [&](const TestAccount& account) {
            return answers([&](auto&) {
                pb::Frame frame;
                wire::setAddress(frame.mutable_fetch_bundles()->add_devices(), account.device());
                return frame;
            });
        };
        QCOMPARE(fetching(alice), fetching(absent));
    }

    void case88_aLoginHoldsForOneConnectionOneRelayAndOneTlsKey_data() {
        QTest::addColumn<QString>("attack");
        for (const char* attack :
             {"replayed on another connection", "made for another relay", "seen under another TLS key",
              "made on a plain link", "made by another device"}) {
            QTest::newRow(attack) << attack;
        }
    }
    void case88_aLoginHoldsForOneConnectionOneRelayAndOneTlsKey() {
        QFETCH(QString, attack);
        RelayWorld world;
        const TestAccount alice = world.account("alice", 2);
        auto wire = world.connect();
        Greeting greeting = wire->greeting();
        if (attack == "replayed on another connection") {
            greeting = world.connect()->greeting();
        } else if (attack == "made for another relay") {
            greeting.relay = world.random.next<RelayId>();
        } else if (attack == "seen under another TLS key") {
            greeting.tlsKeyHash = world.random.next<Digest>();
        } else if (attack == "made on a plain link") {
            greeting.tlsKeyHash = {};
        }
        pb::Frame hello = alice.hello(greeting);
        if (attack == "made by another device") {
            hello.mutable_hello()->set_signature(alice.hello(greeting, 2).hello().signature());
        }
        QCOMPARE(world.errorOf(*wire, hello), int(pb::LOGIN_REFUSED));
        QVERIFY(wire->closed);
        // The honest one goes through.
        wire = world.connect();
        QVERIFY(world.ask(*wire, alice.hello(wire->greeting())).has_welcome());
        // As it does on a plain link.
        wire = world.connect("127.0.0.1", false);
        QVERIFY(world.ask(*wire, alice.hello(wire->greeting())).has_welcome());
    }

    void case89_aSignatureOfOneMeaningIsNoOther() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        // What the same authentication key signed as a bundle statement, and as a device of its account.
        auto wire = world.connect();
        pb::Frame hello = alice.hello(wire->greeting());
        hello.mutable_hello()->set_signature(wire::fieldOf(alice.bundle().signature));
        QCOMPARE(world.errorOf(*wire, hello), int(pb::LOGIN_REFUSED));
        wire = world.connect();
        hello.mutable_hello()->set_signature(wire::fieldOf(alice.plainList().devices[0].byAuthentication));
        QCOMPARE(world.errorOf(*wire, hello), int(pb::LOGIN_REFUSED));
        // What the signer signed as a list is no proof for registering, and the reverse.
        const TestAccount bob("bob", world.random);
        wire = world.connect();
        pb::Frame registration = bob.registration(wire->greeting(), world.invite());
        registration.mutable_register_()->set_signature(wire::fieldOf(bob.list().signature));
        QCOMPARE(world.errorOf(*wire, registration), int(pb::LIST_INVALID));
        registration = bob.registration(wire->greeting(), world.invite());
        registration.mutable_register_()->mutable_list()->set_signature(registration.register_().signature());
        QCOMPARE(world.errorOf(*wire, registration), int(pb::LIST_INVALID));
        // A log-in statement is no bundle statement.
        wire = world.logIn(alice);
        pb::Frame publish;
        publish.mutable_publish_prekeys()->set_statement(stringOf(
            encodeLoginStatement({alice.device(), wire->greeting().relay, wire->greeting().nonce, {}})));
        publish.mutable_publish_prekeys()->set_signature(alice.hello(wire->greeting()).hello().signature());
        QCOMPARE(world.errorOf(*wire, publish), int(pb::FORBIDDEN));
    }

    void case90_everyVerbNeedsALogin() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto stranger = world.connect();
        for (const pb::Frame& frame : verbs(world, alice, bob)) {
            QCOMPARE(world.errorOf(*stranger, frame), int(pb::NOT_LOGGED_IN));
        }
        QVERIFY(!stranger->closed);
        // Whoever goes on like that is cut off.
        for (int i = 0; i < 16 && !stranger->closed; ++i) {
            world.send(*stranger, verbs(world, alice, bob)[0]);
        }
        QVERIFY(stranger->closed);
    }

    void case90_nobodyReachesAnothersMailbox() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        const TestAccount mallory = world.account("mallory");
        auto atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "for Bob"));
        world.take(*atAlice);
        // Reading: a log-in with Mallory's key as Bob's device.
        auto wire = world.connect();
        pb::Frame hello = mallory.hello(wire->greeting());
        hello.mutable_hello()->set_account(wire::fieldOf(bob.id()));
        QCOMPARE(world.errorOf(*wire, hello), int(pb::LOGIN_REFUSED));
        // Acknowledging: numbers mean one's own mailbox only.
        auto atMallory = world.logIn(mallory);
        QVERIFY(atMallory->rows.empty());
        pb::Frame ack;
        ack.mutable_ack()->set_number(1);
        world.errorOf(*atMallory, ack);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 1);
        // Uploading: Bob's prekeys need Bob's signature, and go to the own directory only.
        atMallory = world.logIn(mallory);
        pb::Frame publish;
        publish.mutable_publish_prekeys()->set_statement(stringOf(bob.bundle().bytes));
        publish.mutable_publish_prekeys()->set_signature(wire::fieldOf(bob.bundle().signature));
        QCOMPARE(world.errorOf(*atMallory, publish), int(pb::FORBIDDEN));
        // Devices: a successor of Bob's list by anyone but Bob's signer.
        DeviceList list = bob.plainList();
        list.version = 2;
        list.previous = deviceListHash(bob.list().bytes);
        pb::Frame lists;
        *lists.mutable_publish_list()->mutable_list() = wireOf(mallory.signedAs(list));
        QCOMPARE(world.errorOf(*atMallory, lists), int(pb::LIST_INVALID));
        auto atBob = world.logIn(bob);
        QCOMPARE(atBob->rows.size(), 1U);
    }

    void case103_registrationsAreLimitedByAddress() {
        Options options;
        options.limits.registrationsPerHour = 40;
        RelayWorld world(options);
        const TestAccount mallory("mallory", world.random);
        int tried = 0;
        for (int i = 0; i < 200; ++i) {
            auto wire = world.connect("198.51.100.7");
            const int code = world.errorOf(*wire, mallory.registration(wire->greeting(), Bytes(16, 9)));
            tried += code == int(pb::INVITE_INVALID) ? 1 : 0;
            QVERIFY(code == int(pb::INVITE_INVALID) || code == int(pb::RATE_LIMITED));
            world.disconnect(*wire);
        }
        QCOMPARE(tried, 10); // a quarter of an hour's worth at once
        // Somebody elsewhere does not notice.
        const TestAccount alice("alice", world.random);
        auto wire = world.connect("203.0.113.5");
        QVERIFY(world.ask(*wire, alice.registration(wire->greeting(), world.invite())).has_registered());
    }

    void connectionsAreLimitedByAddressAndInAll() {
        Options options;
        options.limits.connectionsPerAddress = 3;
        options.limits.unauthenticated = 5;
        options.limits.handshakesPerMinute = 60;
        RelayWorld world(options);
        QVERIFY(world.relay->admits("a", 2, 2));
        QVERIFY(!world.relay->admits("a", 3, 3));
        QVERIFY(world.relay->admits("b", 0, 4));
        QVERIFY(!world.relay->admits("b", 0, 5)); // none of them has logged in
        int admitted = 0;
        for (int i = 0; i < 200; ++i) {
            admitted += world.relay->admits("c", 0, 0) ? 1 : 0;
        }
        QCOMPARE(admitted, 60);
        world.clock.advance(std::chrono::seconds(1));
        QVERIFY(world.relay->admits("c", 0, 0));
    }

    void drainingTellsEveryoneAndLetsNobodyIn() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto wire = world.logIn(alice);
        world.relay->drain();
        world.settle();
        QVERIFY(world.take(*wire).notice().draining());
        QVERIFY(wire->closed);
        QVERIFY(!world.relay->admits("a", 0, 0));
    }

private:
    static bool disagrees(const pb::Frame& answer, pb::Agreement how) {
        const auto& all = answer.welcome().disagreements();
        return answer.has_welcome() && std::find(all.begin(), all.end(), how) != all.end();
    }
    /// A registration by someone with a signer and a list of their choosing.
    static pb::Frame forged(const TestAccount& by, const DeviceList& list, const Greeting& greeting,
                            const Bytes& invite) {
        const SignedDeviceList signedList = by.signedAs(list);
        pb::Frame frame = by.registration(greeting, invite);
        *frame.mutable_register_()->mutable_list() = wireOf(signedList);
        frame.mutable_register_()->set_signature(wire::fieldOf(by.signer().sign(
            RegistrationStatement{list.account(), greeting.relay, greeting.nonce, greeting.tlsKeyHash,
                                  deviceListHash(signedList.bytes), invite})));
        return frame;
    }
    static std::vector<pb::Frame> verbs(RelayWorld& world, const TestAccount& alice, const TestAccount& bob) {
        std::vector<pb::Frame> frames(6);
        frames[0] = alice.message(bob, world.random.next<SendId>(), "text");
        frames[1].mutable_ack()->set_number(1);
        *frames[2].mutable_publish_list()->mutable_list() = wireOf(bob.list());
        frames[3].mutable_fetch_lists()->add_names("bob");
        frames[4].mutable_publish_prekeys()->set_replace(true);
        wire::setAddress(frames[5].mutable_fetch_bundles()->add_devices(), bob.device());
        return frames;
    }
};

QTEST_GUILESS_MAIN(TestLogin)
#include "test_login.moc"
