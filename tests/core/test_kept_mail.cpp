// SPDX-License-Identifier: GPL-3.0-or-later
// Mail that waits for what it needs, a relay that was restored, and disks that fail.
#include "tests/core/talking.h"
#include "tests/support/folder.h"

using namespace sotto;
using namespace sotto::test;
using core::FailureCode;
using core::MessageKind;
using core::MessageState;
using core::PlaceholderCause;
using std::chrono::minutes;
namespace pb = wire::pb;

namespace {

/// No page can be added to the profile's database: what a full disk looks like to it.
void fillDisk(Person& person) {
    auto& database = person.profile().database();
    const auto pages = [&] {
        auto rows = database.query("PRAGMA page_count");
        rows.next();
        return rows.integer(0);
    }();
    database.execute("PRAGMA max_page_count = " + std::to_string(pages));
}
void freeDisk(Person& person) {
    person.profile().database().execute("PRAGMA max_page_count = 1000000");
}
/// Uses up what free pages there are.
void pad(World& world, Person& person) {
    auto& database = person.profile().database();
    for (const int size : {3'000, 100}) {
        while (database.transaction([&] {
            database.run("INSERT INTO setting(name, value) VALUES (?, zeroblob(?))",
                         "padding " + world.random.next<MessageId>().hex(), size);
        })) {
        }
    }
}

} // namespace

class TestKeptMail : public QObject {
    Q_OBJECT
private slots:
    // ---- Mail that waits for what it needs ----

    void aMissingPayloadLeavesAPlaceholderThatLaterBytesComplete() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto rows = story.caught([&] { bob.says(alice, "whole"); });
        pb::Row without = unnumbered(rows.front());
        without.clear_payload();
        world.inject(alice, {without});
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::PayloadMissing});
        const auto line = alice.history("bob").back();
        QCOMPARE(line.kind, MessageKind::Placeholder);
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder WHERE payload_key IS NOT NULL"), 1);
        // Other bytes complete nothing.
        pb::Row other = unnumbered(rows.front());
        (*other.mutable_payload())[100] ^= 1;
        world.inject(alice, {other});
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::PayloadMissing});
        world.inject(alice, {unnumbered(rows.front())});
        const auto repaired = alice.history("bob").back();
        QVERIFY(repaired.key > line.key); // the newest line, in the place of the old one
        QCOMPARE(repaired.text, std::string("whole"));
        QCOMPARE(count(alice, "SELECT count(*) FROM placeholder"), 0); // and its key is gone
        QCOMPARE(alice.client().status().placeholders, 0);
    }
    void mailOfADeviceWithoutAListWaitsForIt_data() {
        QTest::addColumn<bool>("withPayload");
        QTest::addColumn<bool>("byName");
        QTest::newRow("it comes with the next log-in") << true << false;
        QTest::newRow("it comes with a look-up of the name") << true << true;
        QTest::newRow("its payload is missing as well") << false << false;
    }
    void mailOfADeviceWithoutAListWaitsForIt() {
        QFETCH(bool, withPayload);
        QFETCH(bool, byName);
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        // The relay withholds Bob's list from Alice.
        std::vector<pb::Row> rows;
        bool withhold = true;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person != &alice) {
                return;
            }
            if (frame.has_lists() && withhold) {
                frame.mutable_lists()->clear_lists();
            }
            if (frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    rows.push_back(row);
                    if (!withPayload) {
                        row.clear_payload();
                    }
                }
            }
        });
        auto& database = alice.profile().database();
        QVERIFY(database.transaction([&] {
            database.run("DELETE FROM device_list WHERE account = (SELECT id FROM account WHERE key = ?)",
                         bob.address().account);
        }));
        alice.crash();
        QVERIFY(world.until([&] { return alice.client().link().state == core::LinkState::Drained; }));
        bob.says(alice, "one");
        bob.says(alice, "two");
        QVERIFY(world.until([&] { return alice.client().status().placeholders == 2; }));
        QCOMPARE(placeholdersOf(alice), std::vector(2, PlaceholderCause::UntrustedDevice));
        QCOMPARE(count(alice, "SELECT count(*) FROM session"), 0);
        const auto lines = alice.history("bob");
        withhold = false;
        if (byName) {
            alice.client().addContact("bob", [](const auto&) {});
        } else {
            alice.crash();
        }
        if (!withPayload) {
            QVERIFY(world.until(
                [&] { return placeholdersOf(alice) == std::vector(2, PlaceholderCause::PayloadMissing); }));
            for (const pb::Row& row : rows) {
                world.inject(alice, {unnumbered(row)});
            }
        }
        QVERIFY(world.until([&] { return alice.texts() == Lines({"one", "two"}); }));
        const auto repaired = alice.history("bob");
        for (std::size_t i = 0; i < 2; ++i) {
            // In its place, and as the newest line: readers that passed the placeholder are still to see it.
            QVERIFY(repaired[i].key > lines[1].key);
        }
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(alice.client().status().unread, 2);
    }
    /// A receipt that had to wait is not a message: its placeholder goes.
    void aPlaceholderOfSomethingInvisibleGoes() {
        Talking story;
        auto& [world, alice, bob] = story;
        bob.goOffline();
        const auto message = alice.says(bob, "seen?");
        QVERIFY(world.until([&] { return alice.stateOf(message) == MessageState::Sent; }));
        Forger forger(world, bob);
        const pb::Row receipt = forger.row(alice, forger.receipt(alice, message.id, MessageState::Read));
        pb::Row without = receipt;
        without.clear_payload();
        world.inject(alice, {without});
        QCOMPARE(alice.client().status().placeholders, 1);
        const auto unread = alice.client().status().unread;
        world.inject(alice, {receipt});
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(alice.client().status().unread, unread - 1);
        QCOMPARE(alice.stateOf(message), MessageState::Read);
        QCOMPARE(alice.saw<core::MessageRemoved>().size(), std::size_t{1});
        QCOMPARE(alice.texts(), Lines({"from alice", "from bob", "seen?"}));
    }
    /// R6: after a rollback Bob uses a ratchet key twice. The second text is never taken for seen.
    void aRolledBackPeerIsNoticedAndNothingIsDroppedSilently() {
        Talking story;
        auto& [world, alice, bob] = story;
        // A peer that notices nothing itself: only its sessions are of yesterday.
        const auto record = [&bob]() {
            auto rows = bob.profile().database().query("SELECT record FROM session");
            rows.next();
            return rows.blob(0);
        };
        const Bytes before = record();
        bob.says(alice, "before the rollback");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        world.pass(minutes(1));
        bob.profile().database().run("UPDATE session SET record = ?", before);
        bob.says(alice, "after the rollback");
        QVERIFY(world.until([&] { return alice.client().status().placeholders >= 1; }));
        QVERIFY(lastPlaceholderOf(alice) == PlaceholderCause::RatchetReused);
        QVERIFY(hasAlarm(alice, "used an encryption key twice"));
        const auto history = alice.history("bob");
        QVERIFY(std::any_of(history.begin(), history.end(), [](const core::Message& line) {
            return line.kind == MessageKind::Placeholder && line.cause == PlaceholderCause::RatchetReused;
        }));
        alice.crash();
        QVERIFY(hasAlarm(alice, "used an encryption key twice"));
        // It comes again on a new session.
        QVERIFY(world.until([&] { return alice.texts().back() == "after the rollback"; }, minutes(5)));
        QCOMPARE(alice.client().status().placeholders, 0);
    }

    // ---- The relay is restored ----

    void aRelayRestoredFromAnOlderCopyLosesNothingTheClientsHold() {
        Talking story;
        auto& [world, alice, bob] = story;
        QTemporaryDir copies;
        const std::filesystem::path copy = copies.filePath("relay").toStdString();
        world.stopRelay();
        std::filesystem::copy(world.relayDirectory(), copy, std::filesystem::copy_options::recursive);
        world.startRelay();
        for (const auto& line : numbered("line", 10)) {
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return alice.texts().size() == 12; }));
        alice.says(bob, "answer");
        QVERIFY(world.until([&] { return bob.texts().size() == 13; }));
        world.pass(minutes(2));
        world.stopRelay();
        std::filesystem::remove_all(world.relayDirectory());
        std::filesystem::copy(copy, world.relayDirectory(), std::filesystem::copy_options::recursive);
        world.startRelay();
        const Lines before = alice.texts();
        bob.says(alice, "after the restore");
        alice.says(bob, "hello again");
        QVERIFY(
            world.until([&] { return alice.texts().size() == 15 && bob.texts().size() == 15; }, minutes(5)));
        QCOMPARE(alice.texts(), bob.texts());
        Lines beginning = alice.texts();
        beginning.resize(before.size());
        QCOMPARE(beginning, before);
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(bob.client().status().placeholders, 0);
        // Mailboxes move again: what is received is acknowledged.
        for (const auto& line : numbered("more", 520)) { // beyond one window
            bob.says(alice, line);
        }
        QVERIFY(world.until([&] { return alice.client().status().messages == 535; }, minutes(5)));
    }
    void anEmptyRelayEndsInAClearWordAndKeepsAllThatIsHere() {
        Talking story;
        auto& [world, alice, bob] = story;
        const Lines before = alice.texts();
        const std::string keys = keysOf(alice);
        world.stopRelay();
        std::filesystem::remove_all(world.relayDirectory());
        world.startRelay();
        world.pass(minutes(3));
        QCOMPARE(alice.client().link().state, core::LinkState::Stopped);
        QVERIFY(alice.client().link().reason.find("does not know this device") != std::string::npos);
        QCOMPARE(alice.texts(), before);
        QCOMPARE(keysOf(alice), keys);
        const auto waiting = alice.says(bob, "waits");
        QCOMPARE(alice.stateOf(waiting), MessageState::Queued);
    }

    // ---- Bad disks ----

    void aFullDiskRefusesAndRecovers() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto conversation = alice.history("bob").front().conversation;
        const auto before = alice.texts();
        std::uint64_t acknowledged = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_ack()) {
                acknowledged = std::max(acknowledged, frame.ack().number());
            }
        });
        const auto cursor = alice.client().status().cursor;
        fillDisk(alice);
        pad(world, alice);
        // Sending says so, and nothing is half there.
        const auto refused = alice.client().sendText(conversation, std::string(20'000, 'x'));
        QCOMPARE(refused.error().code, FailureCode::DiskFull);
        QVERIFY(refused.error().text.find("nothing was changed") != std::string::npos);
        QCOMPARE(alice.texts(), before);
        QCOMPARE(alice.client().status().queued, 0);
        // Receiving acknowledges nothing.
        for (const auto& line : numbered("line", 20)) {
            bob.says(alice, line + std::string(20'000, '.'));
        }
        world.pass(minutes(3));
        QCOMPARE(alice.texts(), before);
        QCOMPARE(alice.client().status().cursor, cursor);
        QVERIFY(acknowledged <= cursor);
        QVERIFY(alice.client().link().reason.find("profile") != std::string::npos);
        // Space returns: all of it arrives, once, in order; what was refused can be said.
        freeDisk(alice);
        QVERIFY(world.until(
            [&] { return alice.client().status().messages == static_cast<std::int64_t>(before.size()) + 20; },
            minutes(5)));
        QVERIFY(alice.client().sendText(conversation, "now it fits"));
        QVERIFY(world.until([&] { return bob.texts().back() == "now it fits"; }));
        QCOMPARE(alice.texts(), bob.texts());
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(acknowledged > cursor);
    }
    /// At every amount of space that is left, up to where all goes well.
    void aDiskThatFillsUpAnywhereLosesAndDoublesNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        constexpr int kRounds = 10;
        int said = 0;
        for (int round = 0; round < kRounds; ++round) {
            fillDisk(alice);
            pad(world, alice);
            const auto pages = count(alice, "PRAGMA page_count") + 2 * round;
            alice.profile().database().execute("PRAGMA max_page_count = " + std::to_string(pages));
            const std::string words = std::to_string(round) + std::string(8'000, '.');
            bob.says(alice, words);
            const auto out = alice.client().sendText(alice.history("bob").front().conversation, words);
            world.pass(minutes(1));
            freeDisk(alice);
            QVERIFY(out || out.error().code == FailureCode::DiskFull);
            said += out ? 1 : 0;
            QVERIFY(world.until(
                [&] {
                    return alice.client().status().queued == 0 &&
                           alice.client().status().messages == 3 + round + said;
                },
                minutes(5)));
        }
        QVERIFY(said > 0 && said < kRounds);
        QVERIFY(
            world.until([&] { return bob.textsFrom("alice").size() == static_cast<std::size_t>(said) + 1; }));
        Lines fromBob = {"from bob"};
        for (int round = 0; round < kRounds; ++round) {
            fromBob.push_back(std::to_string(round) + std::string(8'000, '.'));
        }
        QCOMPARE(alice.textsFrom("bob"), fromBob);
        QCOMPARE(alice.client().status().placeholders, 0);
        QCOMPARE(bob.client().status().placeholders, 0);
    }
    /// A constraint that only the commit checks stands for every commit that fails.
    void aFailingCommitAcknowledgesNothing() {
        Talking story;
        auto& [world, alice, bob] = story;
        auto& database = alice.profile().database();
        database.execute(
            "CREATE TABLE hostage(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES setting(name) "
            "DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER fail_commit AFTER INSERT ON message BEGIN "
            "INSERT INTO hostage(parent) VALUES ('no such setting'); END;");
        const std::string before = everythingOf(alice);
        const auto cursor = alice.client().status().cursor;
        std::uint64_t acknowledged = 0;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_ack()) {
                acknowledged = std::max(acknowledged, frame.ack().number());
            }
        });
        const auto conversation = alice.history("bob").front().conversation;
        QVERIFY(!alice.client().sendText(conversation, "refused"));
        for (const auto& line : numbered("line", 5)) {
            bob.says(alice, line);
        }
        world.pass(minutes(2));
        QCOMPARE(everythingOf(alice), before); // the ratchet too
        QCOMPARE(alice.client().status().cursor, cursor);
        QVERIFY(acknowledged <= cursor);
        QVERIFY(alice.saw<core::MessageAdded>().size() == 2); // and nothing was told that did not last
        database.execute("DROP TRIGGER fail_commit");
        QVERIFY(world.until([&] { return alice.texts().size() == 7; }, minutes(5)));
        QCOMPARE(alice.client().status().placeholders, 0);
        QVERIFY(acknowledged > cursor);
    }
    /// Pages of the history are overwritten: errors are values, nothing crashes, nothing begins anew.
    void aDamagedHistoryIsSaidAndNeverReplaced() {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            Talking story;
            auto& [world, alice, bob] = story;
            for (const auto& line : numbered("line", 40)) {
                bob.says(alice, line + std::string(400, '.'));
            }
            QVERIFY(world.until([&] { return alice.texts().size() == 42; }));
            SeededRandom random(seed);
            std::uintmax_t size = 0;
            bool opens = true;
            try {
                alice.whileClosed([&](const std::filesystem::path& directory) {
                    const auto file = directory / "history.db";
                    std::string bytes = readAll(file);
                    size = bytes.size();
                    for (int i = 0; i < 4; ++i) { // not the first page: that one is a wrong key
                        const std::size_t page = 1 + random.below(bytes.size() / 4096 - 1);
                        for (std::size_t k = 0; k < 64; ++k) {
                            bytes[page * 4096 + 1000 + k] ^= 0x5A;
                        }
                    }
                    writeAll(file, bytes);
                });
            } catch (const std::exception&) {
                opens = false; // refused at the door: Profile::open said why
            }
            if (!opens) {
                QVERIFY(alice.isClosed());
                continue;
            }
            // Everything answers with a value; the link ends and comes back, or stays away with a reason.
            bob.says(alice, "into the damage");
            world.pass(minutes(3));
            static_cast<void>(alice.client().status());
            static_cast<void>(alice.client().contacts());
            static_cast<void>(alice.client().conversations());
            static_cast<void>(alice.client().storedAfter({}, 100));
            static_cast<void>(alice.client().alarms());
            static_cast<void>(alice.client().account());
            static_cast<void>(alice.client().contactLink());
            static_cast<void>(alice.client().isSettled());
            for (const auto& entry : alice.client().conversations()) {
                static_cast<void>(alice.client().history(entry.key, {}, core::PageDirection::Older, 100));
                const auto sent = alice.client().sendText(entry.key, "hello");
                QVERIFY(sent || sent.error().code != FailureCode::DiskFull);
            }
            world.pass(minutes(3));
            // The relay still has what was not received, and no new profile took the old one's place.
            QVERIFY(alice.profile().identity());
        }
    }
};

QTEST_GUILESS_MAIN(TestKeptMail)
#include "test_kept_mail.moc"
