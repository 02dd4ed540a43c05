// SPDX-License-Identifier: GPL-3.0-or-later
// Sends, delivery, acknowledgement and replay, told with Alice and Bob.
#include "server-stub/store/schema.h"
#include "tests/relay/relay_world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::relay;

namespace {

constexpr const char* kSendIds = "SELECT (SELECT count(*) FROM send) + (SELECT count(*) FROM recent_send)";

} // namespace

class TestMail : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aMessageGoesFromAliceToBob() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob);
        const SendId id = world.random.next<SendId>();
        const pb::Frame answer = world.ask(*atAlice, alice.message(bob, id, "hello"));
        QVERIFY(answer.has_stored());
        QCOMPARE(answer.request(), 100U);
        QCOMPARE(atBob->rows.size(), 1U);
        const pb::Row& row = atBob->rows[0];
        QCOMPARE(row.number(), 1U);
        QCOMPARE(row.payload(), std::string("hello"));
        QCOMPARE(row.header(), std::string("header for 1"));
        QCOMPARE(row.stamp(), answer.stored().stamp());
        QVERIFY(wire::addressOf(row.sender()) == alice.device());
        QCOMPARE(row.send_id(), wire::fieldOf(id));
    }

    void mailWaitsAndSurvivesARestart() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        for (const char* text : {"one", "two", "three"}) {
            QVERIFY(world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), text)).has_stored());
        }
        world.restart();
        auto atBob = world.logIn(bob);
        QCOMPARE(world.welcome.welcome().newest(), 3U);
        QCOMPARE(textsOf(*atBob), QStringList({"one", "two", "three"}));
        // Not acknowledged: it comes again.
        auto again = world.logIn(bob);
        QCOMPARE(textsOf(*again), QStringList({"one", "two", "three"}));
    }

    void anAcknowledgementDeletes() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.logIn(bob);
        for (int i = 0; i < 5; ++i) {
            world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "text"));
        }
        world.acknowledge(*atBob, 3);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 2);
        world.acknowledge(*atBob, 3); // again changes nothing
        world.acknowledge(*atBob, 5);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 0);
        // Numbers go on where they were, with nothing left to read them from.
        world.restart();
        auto later = world.logIn(bob);
        QCOMPARE(world.welcome.welcome().acked().number(), 5U);
        atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "six"));
        QCOMPARE(later->rows.at(0).number(), 6U);
    }

    void anAcknowledgementBeyondWhatWasDeliveredCloses() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        auto atAlice = world.logIn(alice);
        pb::Frame ack;
        ack.mutable_ack()->set_number(1);
        QCOMPARE(world.errorOf(*atAlice, ack), int(pb::BAD_FRAME));
        QVERIFY(atAlice->closed);
    }

    void aRepeatedSendIsAnsweredAlikeAndStoredOnce() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        const pb::Frame message = alice.message(bob, world.random.next<SendId>(), "once");
        auto atAlice = world.logIn(alice);
        const std::uint64_t stamp = world.ask(*atAlice, message).stored().stamp();
        QVERIFY(stamp != 0);
        QCOMPARE(world.ask(*atAlice, message).stored().stamp(), stamp);
        world.restart();
        atAlice = world.logIn(alice);
        QCOMPARE(world.ask(*atAlice, message).stored().stamp(), stamp);
        auto atBob = world.logIn(bob);
        QCOMPARE(textsOf(*atBob), QStringList({"once"}));
        world.acknowledge(*atBob, 1);
        // Also long after it was fetched.
        QCOMPARE(world.ask(*atAlice, message).stored().stamp(), stamp);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 0);
    }

    void sendIdsAreRememberedWhereverTheyAreKept() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        const pb::Frame first = alice.message(bob, world.random.next<SendId>(), "first");
        const pb::Frame second = alice.message(bob, world.random.next<SendId>(), "second");
        const std::uint64_t stamp = world.ask(*atAlice, first).stored().stamp();
        world.ask(*atAlice, second);
        QCOMPARE(world.count("SELECT count(*) FROM recent_send"), 2);
        // The oldest is past its time: all are moved to where old ones are looked for, and it alone is gone.
        world.clock.advance(Options().retention + std::chrono::hours(24) - std::chrono::minutes(1));
        atAlice = world.logIn(alice);
        const pb::Frame third = alice.message(bob, world.random.next<SendId>(), "third");
        world.ask(*atAlice, third);
        world.clock.advance(std::chrono::minutes(2));
        world.tick();
        QCOMPARE(world.count("SELECT count(*) FROM recent_send"), 0);
        QCOMPARE(world.count("SELECT count(*) FROM send"), 1);
        atAlice = world.logIn(alice);
        pb::Frame other = third;
        other.mutable_send()->set_payload("other");
        QCOMPARE(world.errorOf(*atAlice, other), int(pb::SEND_ID_REUSED));
        QVERIFY(world.ask(*atAlice, first).stored().stamp() > stamp);
    }

    void noSendPassesOneThatWasRefused() {
        Options options;
        options.limits.mailboxBytes = 20'000;
        options.limits.mailboxSenderPercent = 100;
        RelayWorld world(options);
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        const TestAccount carol = world.account("carol");
        auto atAlice = world.logIn(alice);
        const auto send = [&](const TestAccount& to, std::size_t bytes, std::optional<std::uint32_t> seen) {
            pb::Frame frame = alice.message(to, world.random.next<SendId>(), std::string(bytes, 'x'));
            if (seen) {
                frame.mutable_send()->set_refusals_seen(*seen);
            }
            return frame;
        };
        // All under way before the first answer: one transaction.
        world.stalled = true;
        world.send(*atAlice, send(bob, 12'000, 0));
        world.send(*atAlice, send(bob, 12'000, 0)); // no room
        world.send(*atAlice, send(bob, 10, 0));     // would fit
        world.send(*atAlice, send(carol, 10, 0));   // somewhere else altogether
        world.send(*atAlice, send(carol, 10, {}));  // of a client that does not count
        world.stalled = false;
        world.tick();
        QVERIFY(world.take(*atAlice).has_stored());
        QCOMPARE(world.take(*atAlice).error().code(), pb::QUOTA);
        QCOMPARE(world.take(*atAlice).error().code(), pb::PRECEDED);
        QCOMPARE(world.take(*atAlice).error().code(), pb::PRECEDED);
        QVERIFY(world.take(*atAlice).has_stored());
        QCOMPARE(world.errorOf(*atAlice, send(carol, 10, 2)), int(pb::PRECEDED)); // there were three
        QVERIFY(world.ask(*atAlice, send(carol, 10, 4)).has_stored());
        // A disk that fails refuses all of its batch.
        world.failing = StoreError::Failing;
        QCOMPARE(world.errorOf(*atAlice, send(carol, 10, 4)), int(pb::STORAGE));
        world.failing.reset();
        // A new connection begins to count anew.
        world.disconnect(*atAlice);
        atAlice = world.logIn(alice);
        QVERIFY(world.ask(*atAlice, send(carol, 10, 0)).has_stored());
    }

    void oneSendIdIsOneSend() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        const SendId id = world.random.next<SendId>();
        auto atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, id, "first"));
        world.take(*atAlice);
        QCOMPARE(world.errorOf(*atAlice, alice.message(bob, id, "other")), int(pb::SEND_ID_REUSED));
        // Another device may use the same id: it is another send.
        auto atBob = world.logIn(bob);
        QVERIFY(world.ask(*atBob, bob.message(alice, id, "mine")).has_stored());
    }

    void nothingIsAnsweredBeforeTheCommit() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        const pb::Frame message = alice.message(bob, world.random.next<SendId>(), "kept");
        auto atAlice = world.logIn(alice);
        world.crashAfterCommit = true;
        world.send(*atAlice, message);
        QVERIFY(atAlice->frames.empty()); // committed, and the relay died before it could say so
        world.crashAfterCommit = false;
        world.restart();
        atAlice = world.logIn(alice);
        QVERIFY(world.ask(*atAlice, message).has_stored());
        QCOMPARE(textsOf(*world.logIn(bob)), QStringList({"kept"}));
    }

    void aFailingDiskIsToldAndLosesNothing() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        const pb::Frame message = alice.message(bob, world.random.next<SendId>(), "later");
        world.failing = StoreError::Full;
        const pb::Frame answer = world.ask(*atAlice, message);
        QCOMPARE(int(answer.error().code()), int(pb::STORAGE));
        QVERIFY(answer.error().retry_after_ms() > 0);
        QVERIFY(!atAlice->closed);
        world.failing.reset();
        QVERIFY(world.ask(*atAlice, message).has_stored());
        QCOMPARE(textsOf(*world.logIn(bob)), QStringList({"later"}));
    }

    void aReadThatFailsIsTriedAgain() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "text"));
        auto atBob = world.connect();
        world.sendOnly(*atBob, bob.hello(atBob->greeting()));
        Effects find = world.relay->takeEffects();
        QVERIFY(world.store->execute(find.jobs, world.clock.wall()));
        world.relay->completed(std::move(find.jobs), {});
        Effects logIn = world.relay->takeEffects();
        QVERIFY(world.store->execute(logIn.jobs, world.clock.wall()));
        world.relay->completed(std::move(logIn.jobs), {});
        world.failing = StoreError::Failing; // from the first read of the mailbox on
        world.settle();
        QVERIFY(atBob->rows.empty());
        world.failing.reset();
        world.tick();
        world.tick();
        QCOMPARE(textsOf(*atBob), QStringList({"text"}));
    }

    void littleRoomOnTheDiskStopsStoringButNotFetching() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "before"));
        world.take(*atAlice);
        world.relay->diskFree(1);
        QCOMPARE(world.errorOf(*atAlice, alice.message(bob, world.random.next<SendId>(), "full")),
                 int(pb::STORAGE));
        auto atBob = world.logIn(bob);
        QCOMPARE(textsOf(*atBob), QStringList({"before"}));
        world.acknowledge(*atBob, 1);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 0);
        world.relay->diskFree(std::uint64_t(1) << 40U);
        QVERIFY(world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "again")).has_stored());
    }

    void aPayloadIsStoredOnceForAllDevices() {
        RelayWorld world;
        const TestAccount alice = world.account("alice", 2);
        const TestAccount bob = world.account("bob", 3);
        auto atAlice = world.logIn(alice);
        QVERIFY(world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "to all")).has_stored());
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 1);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 4); // Bob's three and Alice's other one
        std::uint64_t stamp = 0;
        for (std::uint32_t device = 1; device <= 3; ++device) {
            auto wire = world.logIn(bob, device);
            QCOMPARE(textsOf(*wire), QStringList({"to all"}));
            QVERIFY(stamp == 0 || stamp == wire->rows[0].stamp());
            stamp = wire->rows[0].stamp();
            world.acknowledge(*wire, 1);
            QCOMPARE(world.count("SELECT count(*) FROM payload"), 1);
        }
        auto atAliceToo = world.logIn(alice, 2);
        QCOMPARE(textsOf(*atAliceToo), QStringList({"to all"}));
        world.acknowledge(*atAliceToo, 1);
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 0);
    }

    void aSendMustNameTheNewestListsAndFitThem_data() {
        QTest::addColumn<QString>("wrong");
        for (const char* wrong :
             {"old list", "own list missing", "own list old", "device left out", "own device left out",
              "unlisted device", "own sending device", "header of an unnamed account"}) {
            QTest::newRow(wrong) << wrong;
        }
    }
    void aSendMustNameTheNewestListsAndFitThem() {
        QFETCH(QString, wrong);
        RelayWorld world;
        const TestAccount alice = world.account("alice", 2);
        TestAccount bob = world.account("bob", 2);
        const TestAccount carol = world.account("carol");
        auto atAlice = world.logIn(alice);
        pb::Frame message = alice.message(bob, world.random.next<SendId>(), "text");
        pb::Send& send = *message.mutable_send();
        const auto addHeader = [&](const DeviceAddress& address) {
            pb::Header& header = *send.add_headers();
            wire::setAddress(header.mutable_device(), address);
            header.set_bytes("extra");
        };
        if (wrong == "old list") {
            auto atBob = world.logIn(bob);
            bob.addDevice();
            bob.succeed();
            world.publish(*atBob, bob);
        } else if (wrong == "own list missing") {
            send.mutable_lists()->RemoveLast();
        } else if (wrong == "own list old") {
            send.mutable_lists(1)->set_version(1);
        } else if (wrong == "device left out") {
            send.mutable_headers()->DeleteSubrange(0, 1);
        } else if (wrong == "own device left out") {
            send.mutable_headers()->RemoveLast();
        } else if (wrong == "unlisted device") {
            addHeader(bob.device(9));
        } else if (wrong == "own sending device") {
            addHeader(alice.device(1));
        } else if (wrong == "header of an unnamed account") {
            addHeader(carol.device());
        }
        const pb::Frame answer = world.ask(*atAlice, message);
        QVERIFY2(answer.has_lists_differ(), answer.error().text().c_str());
        QVERIFY(answer.lists_differ().lists_size() > 0);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 0);
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 0);
        if (wrong == "old list") {
            QCOMPARE(answer.lists_differ().lists(0).bytes(), stringOf(bob.list().bytes));
            // The same send id with what the newest list asks for goes through: nothing was remembered.
            pb::Frame retry = alice.message(bob, wire::fixedOf<SendId>(send.send_id()), "text");
            QVERIFY(world.ask(*atAlice, retry).has_stored());
        }
    }

    void aSendOverALimitIsAnsweredAndTheConnectionGoesOn() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        pb::Packet packet;
        *packet.add_frames() = alice.message(bob, world.random.next<SendId>(), "before");
        *packet.add_frames() =
            alice.message(bob, world.random.next<SendId>(), std::string(wire::kMaxPayloadBytes + 1, 'x'));
        *packet.add_frames() = alice.message(bob, world.random.next<SendId>(), "after");
        for (int i = 0; i < 3; ++i) {
            packet.mutable_frames(i)->set_request(static_cast<std::uint64_t>(i) + 1);
        }
        world.sendBytes(*atAlice, wire::encodePacket(packet));
        const pb::Frame refused = world.take(*atAlice);
        QCOMPARE(int(refused.error().code()), int(pb::TOO_LARGE));
        QCOMPARE(refused.request(), 2U);
        QVERIFY(world.take(*atAlice).has_stored());
        QVERIFY(world.take(*atAlice).has_stored());
        pb::Frame headers = alice.message(bob, world.random.next<SendId>(), "text");
        while (headers.send().headers_size() <= static_cast<int>(wire::kMaxHeadersPerSend)) {
            *headers.mutable_send()->add_headers() = headers.send().headers(0);
        }
        QCOMPARE(world.errorOf(*atAlice, headers), int(pb::TOO_LARGE));
        pb::Frame header = alice.message(bob, world.random.next<SendId>(), "text");
        header.mutable_send()->mutable_headers(0)->set_bytes(std::string(wire::kMaxHeaderBytes + 1, 'h'));
        QCOMPARE(world.errorOf(*atAlice, header), int(pb::TOO_LARGE));
        QVERIFY(!atAlice->closed);
        QCOMPARE(textsOf(*world.logIn(bob)), QStringList({"before", "after"}));
    }

    void twoHeadersForOneDeviceClose() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        pb::Frame message = alice.message(bob, world.random.next<SendId>(), "text");
        *message.mutable_send()->add_headers() = message.send().headers(0);
        QCOMPARE(world.errorOf(*atAlice, message), int(pb::BAD_FRAME));
        QVERIFY(atAlice->closed);
    }

    void anUnknownAccountIsNotFound() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount nobody("nobody", world.random);
        auto atAlice = world.logIn(alice);
        QCOMPARE(world.errorOf(*atAlice, alice.message(nobody, world.random.next<SendId>(), "text")),
                 int(pb::NOT_FOUND));
    }

    void ephemeralMailIsNeverStored() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        const auto typing = [&] {
            return alice.message(bob, world.random.next<SendId>(), "typing", 1, pb::EPHEMERAL);
        };
        QCOMPARE(world.ask(*atAlice, typing()).stored().stamp(), 0U);
        auto atBob = world.logIn(bob);
        QVERIFY(atBob->rows.empty());
        world.ask(*atAlice, typing());
        QCOMPARE(textsOf(*atBob), QStringList({"typing"}));
        QCOMPARE(atBob->rows[0].number(), 0U);
        QCOMPARE(world.count("SELECT count(*) FROM row") + world.count(kSendIds), 0);
    }

    void noMoreThanTheWindowIsUnderWay() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        auto atBob = world.connect();
        pb::Frame hello = bob.hello(atBob->greeting());
        hello.mutable_hello()->set_window_rows(4);
        QCOMPARE(world.ask(*atBob, hello).welcome().window_rows(), 4U);
        for (int i = 1; i <= 20; ++i) {
            world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), std::to_string(i)));
        }
        QCOMPARE(atBob->rows.size(), 4U);
        for (std::uint64_t acked = 2; atBob->rows.size() < 20; acked += 2) {
            world.acknowledge(*atBob, acked);
            QVERIFY(atBob->rows.size() <= acked + 4);
            QVERIFY(acked < 20);
        }
        for (std::size_t i = 0; i < 20; ++i) {
            QCOMPARE(atBob->rows[i].number(), i + 1);
            QCOMPARE(atBob->rows[i].payload(), std::to_string(i + 1));
        }
    }

    void theWindowAlsoCountsBytes() {
        Options options;
        options.limits.windowBytes = 100'000;
        RelayWorld world(options);
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        for (int i = 0; i < 6; ++i) {
            world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), std::string(60'000, 'x')));
        }
        auto atBob = world.logIn(bob);
        QCOMPARE(atBob->rows.size(), 2U);
        world.acknowledge(*atBob, 2);
        QCOMPARE(atBob->rows.size(), 4U);
        world.acknowledge(*atBob, 4);
        QCOMPARE(atBob->rows.size(), 6U);
    }

    void manyRowsTravelInFewPackets() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        for (int i = 0; i < 400; ++i) {
            world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), std::string(100, 'x')));
        }
        auto atBob = world.logIn(bob);
        QCOMPARE(atBob->rows.size(), 400U);
        QVERIFY(atBob->packets < 5);
    }

    void stampsNeverGoBack() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        std::uint64_t last = 0;
        const auto sendOne = [&] {
            const std::uint64_t stamp =
                world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "text")).stored().stamp();
            const bool later = stamp > last;
            last = stamp;
            return later;
        };
        QVERIFY(sendOne());
        QCOMPARE(milliseconds(Stamp{last}), unixMilliseconds(world.clock.wall()));
        QVERIFY(sendOne());
        world.clock.stepWall(-std::chrono::hours(24 * 365 * 5));
        world.restart();
        atAlice = world.logIn(alice);
        for (int i = 0; i < 100; ++i) {
            world.clock.advance(Milliseconds(1));
            QVERIFY(sendOne());
        }
        // More sends in a millisecond than the counter has values.
        StampClock clock(Stamp{last});
        for (int i = 0; i < 10'000; ++i) {
            const Stamp next = clock.next(wallTime(0));
            QVERIFY(number(next) > last);
            QCOMPARE(number(next) >> 12U & 15U, 0U); // the node's bits stay as they are
            last = number(next);
        }
    }

    void mailOfTheFirstSchemaIsTakenOver() {
        const QTemporaryDir directory;
        const std::filesystem::path path = directory.filePath("relay.db").toStdString();
        {
            auto database = db::Database::open(path, {});
            QVERIFY(db::migrate(*database, std::span(kMigrations).first(1)));
            const auto filled = database->transaction([&] {
                database->execute(
                    "INSERT INTO mailbox(id, acked, acked_stamp) VALUES (1, 0, 0), (2, 0, 0), (3, 1, 9);"
                    "INSERT INTO envelope(id, refs, sender_device, class, send_id, payload) VALUES "
                    "(7, 1, 4, 1, x'0707', x'AA'), (8, 2, 5, 0, x'0808', x'BB');"
                    "INSERT INTO row(mailbox, number, stamp, envelope, shared, sender, size, header) VALUES "
                    "(1, 1, 100, 7, 0, 6, 2, x'01'), (1, 2, 200, 8, 1, 6, 2, x'02'), "
                    "(2, 1, 200, 8, 1, 6, 2, x'03'), (3, 4, 300, 0, 0, 0, 0, x'');");
            });
            QVERIFY(filled);
        }
        test::SeededRandom random(1);
        auto store = SqliteStore::open(path, Limits(), random);
        QVERIFY(store);
        const auto execute = [&](Command command) {
            std::vector<Job> jobs;
            jobs.push_back(Job{{}, 0, 0, std::move(command)});
            if (!(*store)->execute(jobs, wallTime(1'000))) {
                throw std::runtime_error("the store failed");
            }
            return std::move(jobs[0].command);
        };
        const auto rows = [&](int mailbox, std::uint64_t after) {
            ReadRows read;
            read.mailbox = MailboxId{mailbox};
            read.after = MailboxNumber{after};
            read.maxRows = 10;
            read.maxBytes = 1'000;
            const Command done = execute(std::move(read));
            pb::Deliver all;
            for (const Delivery& found : std::get<ReadRows>(done).found) {
                all.MergeFromString(std::string(textOf(found.encoded())));
            }
            return all;
        };
        const pb::Deliver first = rows(1, 0);
        QCOMPARE(first.rows_size(), 2);
        QCOMPARE(first.rows(0).number(), 1U);
        QCOMPARE(first.rows(0).stamp(), 100U);
        QCOMPARE(first.rows(0).send_id(), std::string("\x07\x07"));
        QCOMPARE(first.rows(0).sender().device(), 4U);
        QCOMPARE(int(first.rows(0).class_()), int(pb::RECEIPT));
        QCOMPARE(first.rows(0).header(), std::string("\x01"));
        QCOMPARE(first.rows(0).payload(), std::string("\xAA"));
        QCOMPARE(first.rows(1).payload(), std::string("\xBB"));
        QCOMPARE(rows(3, 1).rows(0).expired(), 3U);
        execute(Acknowledge{MailboxId{1}, MailboxNumber{2}});
        QCOMPARE(rows(1, 0).rows_size(), 0);
        QCOMPARE(rows(2, 0).rows(0).payload(), std::string("\xBB")); // the other device's is still there
        execute(Acknowledge{MailboxId{2}, MailboxNumber{1}});
        store->reset();
        auto database = db::Database::open(path, {});
        auto left = database->query("SELECT (SELECT count(*) FROM payload), (SELECT count(*) FROM row)");
        QVERIFY(left.next());
        QCOMPARE(left.integer(0), 0);
        QCOMPARE(left.integer(1), 1); // the tombstone
    }

    void expiredMailLeavesATombstone() {
        Options options;
        options.retention = std::chrono::hours(1);
        RelayWorld world(options);
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob", 2);
        auto atAlice = world.logIn(alice);
        pb::Frame old;
        for (int i = 0; i < 3; ++i) {
            old = alice.message(bob, world.random.next<SendId>(), "old");
            world.send(*atAlice, old);
        }
        world.clock.advance(std::chrono::minutes(59));
        atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "young"));
        world.clock.advance(std::chrono::minutes(2));
        world.tick();
        auto atBob = world.logIn(bob);
        QCOMPARE(atBob->rows.size(), 2U);
        QCOMPARE(atBob->rows[0].expired(), 3U);
        QCOMPARE(atBob->rows[0].number(), 3U);
        QCOMPARE(atBob->rows[1].payload(), std::string("young"));
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 1);
        world.acknowledge(*atBob, 4);
        QCOMPARE(world.count("SELECT count(*) FROM row"), 2); // the other device's
        // The send id is remembered for a day longer than the mail, then no more.
        QCOMPARE(world.count("SELECT count(*) FROM recent_send"), 4);
        world.clock.advance(std::chrono::hours(26));
        world.tick();
        QCOMPARE(world.count(kSendIds), 0);
        QCOMPARE(world.count("SELECT count(*) FROM payload"), 0);
        auto other = world.logIn(bob, 2);
        QCOMPARE(other->rows.size(), 1U);
        QCOMPARE(other->rows[0].expired(), 4U);
    }

    void theNewestConnectionWins() {
        RelayWorld world;
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto first = world.logIn(bob);
        auto second = world.logIn(bob);
        QCOMPARE(int(world.take(*first).error().code()), int(pb::REPLACED));
        QVERIFY(first->closed);
        auto atAlice = world.logIn(alice);
        world.send(*atAlice, alice.message(bob, world.random.next<SendId>(), "text"));
        QCOMPARE(textsOf(*second), QStringList({"text"}));
        QVERIFY(first->rows.empty());
    }

    void case97_aFloodIsLimitedToItsSender() {
        Options options;
        options.limits.messagesBurst = 200;
        RelayWorld world(options);
        const TestAccount mallory = world.account("mallory");
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atMallory = world.logIn(mallory);
        std::uint64_t retryAfter = 0;
        int stored = 0;
        for (int i = 0; i < 1'000; ++i) {
            const pb::Frame answer =
                world.ask(*atMallory, mallory.message(bob, world.random.next<SendId>(), "spam"));
            stored += answer.has_stored() ? 1 : 0;
            if (answer.has_error()) {
                QCOMPARE(int(answer.error().code()), int(pb::RATE_LIMITED));
                retryAfter = answer.error().retry_after_ms();
            }
        }
        QVERIFY(retryAfter > 0);
        QCOMPARE(stored, 200);
        auto atAlice = world.logIn(alice);
        QVERIFY(world.ask(*atAlice, alice.message(bob, world.random.next<SendId>(), "hello")).has_stored());
        world.clock.advance(Milliseconds(retryAfter));
        QVERIFY(world.ask(*atMallory, mallory.message(bob, world.random.next<SendId>(), "ham")).has_stored());
    }

    void case98_strangersCannotFillAMailbox() {
        Options options;
        options.limits.mailboxRows = 400;
        options.limits.messagesBurst = 10'000;
        RelayWorld world(options);
        const TestAccount bob = world.account("bob");
        const TestAccount friendOfBob = world.account("alice");
        auto atFriend = world.logIn(friendOfBob);
        QVERIFY(
            world.ask(*atFriend, friendOfBob.message(bob, world.random.next<SendId>(), "kept")).has_stored());
        for (int stranger = 0; stranger < 10; ++stranger) {
            const TestAccount mallory = world.account("mallory" + std::to_string(stranger));
            auto wire = world.logIn(mallory);
            pb::Frame answer;
            int stored = 0;
            do {
                answer = world.ask(*wire, mallory.message(bob, world.random.next<SendId>(), "spam"));
                stored += answer.has_stored() ? 1 : 0;
            } while (answer.has_stored());
            QCOMPARE(int(answer.error().code()), int(pb::QUOTA));
            QVERIFY(answer.error().retry_after_ms() > 0);
            QVERIFY2(stored > 0 && stored <= 100, qPrintable(QString::number(stored)));
        }
        // Whoever comes next still finds room, and nothing that was there has gone.
        QVERIFY(
            world.ask(*atFriend, friendOfBob.message(bob, world.random.next<SendId>(), "also")).has_stored());
        auto atBob = world.logIn(bob);
        QCOMPARE(atBob->rows.at(0).payload(), std::string("kept"));
        QCOMPARE(atBob->rows.back().payload(), std::string("also"));
    }

private:
    static QStringList textsOf(const RelayWorld::Wire& wire) {
        QStringList texts;
        for (const pb::Row& row : wire.rows) {
            texts << QString::fromStdString(row.payload());
        }
        return texts;
    }
};

QTEST_GUILESS_MAIN(TestMail)
#include "test_mail.moc"
