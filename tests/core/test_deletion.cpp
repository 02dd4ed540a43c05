// SPDX-License-Identifier: GPL-3.0-or-later
// What is deleted is gone: from every page of the database and its log, for ever, and only here.
#include "tests/support/chatter.h"
#include "tests/support/forger.h"
#include "tests/support/found.h"
#include "tests/support/pages.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::Message;
using core::MessageKind;
using core::MessageState;
using std::chrono::seconds;

namespace {

Message lineOf(Person& person, const Message& message) {
    return person.client().message(message.id).value();
}
std::string previewOf(Person& person) {
    return person.client().conversations().front().preview;
}
struct Friends {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    Friends() { alice.knows(bob); }
    Message heard(Person& from, Person& to, const std::string& text) {
        const auto message = from.says(to, text);
        if (!world.until([&] { return to.client().message(message.id).has_value(); })) {
            throw std::runtime_error("not heard");
        }
        return message;
    }
};

} // namespace

class TestDeletion : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    /// Canaries among much else: sent, received, indexed, searched for, deleted on both sides.
    void noPageOfTheDatabaseKeepsWhatWasDeleted() {
        Friends story;
        auto& [world, alice, bob] = story;
        Chatter chatter(11, 2'000);
        std::vector<std::string> words;
        std::vector<Message> marked;
        for (int i = 0; i < 600; ++i) {
            Person& from = i % 2 == 0 ? alice : bob;
            Person& to = i % 2 == 0 ? bob : alice;
            std::string text = chatter.next();
            if (i % 30 == 7 || i % 30 == 22) {
                words.push_back(canary(chatter));
                const std::string& word = words.back();
                // Some fill pages of their own, some are in the list as its preview at some time.
                text = i % 60 == 7 ? text + " " + word : word;
                for (int k = 0; i % 60 == 22 && k < 300; ++k) {
                    text += " " + chatter.next() + " " + word;
                }
                marked.push_back(from.says(to, text));
            } else {
                from.says(to, text);
            }
            if (i % 50 == 49) {
                QVERIFY(world.until(
                    [&] { return alice.texts().size() == bob.texts().size() && !alice.texts().empty(); }));
                world.pass(seconds(5)); // and is indexed
            }
        }
        QCOMPARE(words.size(), 40U);
        QVERIFY(world.until([&] { return alice.texts().size() == 600 && bob.texts().size() == 600; }));
        world.pass(seconds(60));
        for (Person* person : {&alice, &bob}) {
            for (const std::string& word : words) {
                QCOMPARE(found(*person, word.substr(2, 8)), 1U);
            }
            const Pages before(person->directory());
            for (const std::string& word : words) { // or the test would see nothing either way
                QVERIFY(before.contain(word));
            }
            for (const Message& message : marked) {
                const auto left = person->client().deleteMessage(message.id);
                QVERIFY(left.has_value());
                QVERIFY(left->kind == MessageKind::Deleted && left->text.empty());
            }
            const Pages after(person->directory());
            QCOMPARE(after.frames(), 0U);
            const std::string trace = foundIn(after, words);
            QVERIFY2(trace.empty(), (person->name() + " still has " + trace).c_str());
            for (const std::string& word : words) {
                QCOMPARE(found(*person, word.substr(2, 8)), 0U);
            }
            QCOMPARE(person->texts().size(), 560U);
            QVERIFY(person->profile().database().check().empty());
        }
        // What is left is found as before, also by those who start now.
        alice.crash();
        QCOMPARE(found(alice, words.front()), 0U);
        const Lines texts = alice.texts();
        QVERIFY(found(alice, '"' + texts.back() + '"') >= 1);
    }

    void theListAndTheCountsForgetIt() {
        Friends story;
        auto& [world, alice, bob] = story;
        const auto first = story.heard(alice, bob, "first");
        const auto second = story.heard(alice, bob, "second");
        QCOMPARE(bob.client().status().unread, 2);
        QVERIFY(bob.client().deleteMessage(second.id));
        QCOMPARE(previewOf(bob), std::string("first"));
        QCOMPARE(bob.client().status().unread, 1);
        QCOMPARE(bob.client().status().messages, 1);
        QCOMPARE(previewOf(alice), std::string("second")); // hers is hers
        QVERIFY(bob.client().deleteMessage(first.id));
        QCOMPARE(previewOf(bob), std::string());
        QCOMPARE(bob.client().status().unread, 0);
        QCOMPARE(bob.history("alice").size(), 2U);
        const auto changed = bob.saw<core::MessageChanged>();
        QVERIFY(!changed.empty() && changed.back().message.kind == MessageKind::Deleted);
        // Again changes nothing; what is unknown or not here yet cannot be deleted.
        QVERIFY(bob.client().deleteMessage(first.id)->kind == MessageKind::Deleted);
        QCOMPARE(bob.client().deleteMessage(world.random.next<MessageId>()).error().code,
                 core::FailureCode::NotFound);
        const auto third = story.heard(alice, bob, "third");
        QVERIFY(bob.client().markRead(third.conversation, lineOf(bob, third).key));
        QVERIFY(world.until([&] { return alice.stateOf(third) == MessageState::Read; }));
        QVERIFY(alice.stateOf(second) < MessageState::Read); // it was never read
    }

    void whatIsNotSealedYetIsNotSent() {
        Friends story;
        auto& [world, alice, bob] = story;
        story.heard(alice, bob, "hello");
        alice.goOffline();
        const auto secret = alice.says(bob, "not meant for you");
        const auto fine = alice.says(bob, "meant for you");
        QCOMPARE(alice.client().deleteMessage(secret.id)->state, MessageState::Failed);
        alice.goOnline();
        QVERIFY(world.until([&] { return bob.texts() == Lines{"hello", "meant for you"}; }));
        QVERIFY(!bob.client().message(secret.id));
        // Nor under its id once more.
        core::SendOptions options;
        options.id = secret.id;
        QVERIFY(alice.client().sendText(secret.conversation, "not meant for you", options)->kind ==
                MessageKind::Deleted);
        world.pass(seconds(60));
        QCOMPARE(bob.texts().size(), 2U);
        QCOMPARE(holesOf(bob), 0U);
        QVERIFY(alice.stateOf(fine) >= MessageState::Sent);
    }

    /// Its number is given out: without it the reader would miss something.
    void whatIsSealedStillArrives() {
        Friends story;
        auto& [world, alice, bob] = story;
        story.heard(alice, bob, "hello");
        bool isDeaf = true;
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            return &person == &alice && isDeaf ? std::vector<wire::pb::Packet>() : std::vector{packet};
        };
        const auto secret = alice.says(bob, "zqonitsway");
        QVERIFY(world.until([&] { return alice.stateOf(secret) == MessageState::Encrypted; }));
        QCOMPARE(alice.client().deleteMessage(secret.id)->state, MessageState::Encrypted);
        isDeaf = false;
        alice.crash();
        QVERIFY(world.until([&] { return bob.texts() == Lines{"hello", "zqonitsway"}; }));
        QVERIFY(world.until([&] { return alice.stateOf(secret) >= MessageState::Delivered; }));
        QVERIFY(lineOf(alice, secret).kind == MessageKind::Deleted);
        QCOMPARE(foundIn(Pages(alice.directory()), {"zqonitsway"}), std::string());
        QCOMPARE(holesOf(bob), 0U);
    }

    /// Neither as itself, nor as a repair, nor in the place of something that could not be read.
    void whatIsDeletedNeverComesBack() {
        Friends story;
        auto& [world, alice, bob] = story;
        const auto message = story.heard(alice, bob, "once and never again");
        story.heard(bob, alice, "heard");
        auto rows = alice.profile().database().query("SELECT content FROM send s JOIN message m ON m.id = "
                                                     "s.message WHERE m.message_id = ?",
                                                     message.id);
        QVERIFY(rows.next());
        const Bytes content = rows.blob(0);
        QVERIFY(bob.client().deleteMessage(message.id));
        Forger forger(world, alice);
        core::Content repair = forger.text(bob, "", 0);
        repair.body = core::RepairBody{{world.random.next<SendId>()}, Stamp{1}, content, std::nullopt};
        world.inject(bob, {forger.row(bob, content, message.id), forger.row(bob, repair)});
        auto unreadable = forger.row(bob, content, message.id);
        unreadable.mutable_header()->at(200) ^= 1;
        world.inject(bob, {unreadable});
        QCOMPARE(bob.client().status().placeholders, 1);
        const std::string& name = unreadable.send_id();
        repair.body = core::RepairBody{
            {*SendId::from(BytesView(Bytes(name.begin(), name.end())))}, Stamp{1}, content, std::nullopt};
        world.inject(bob, {forger.row(bob, repair)});
        QCOMPARE(bob.client().status().placeholders, 0);
        world.pass(seconds(60));
        for (int round = 0; round < 2; ++round) {
            QVERIFY(lineOf(bob, message).kind == MessageKind::Deleted);
            QCOMPARE(bob.texts(), Lines{"heard"});
            QCOMPARE(found(bob, "never"), 0U);
            bob.crash();
            world.pass(seconds(60));
        }
    }

    /// Whoever still asks for it hears that there is none any more.
    void whatItsAuthorDeletedCannotBeSentAgain() {
        Friends story;
        auto& [world, alice, bob] = story;
        story.heard(alice, bob, "hello");
        int changed = 0;
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &bob && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == wire::pb::DURABLE && changed++ == 0) {
                        row.mutable_header()->at(200) ^= 1; // it cannot be read
                    }
                }
            }
        });
        bool isDeaf = true; // Bob's questions do not arrive yet
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            return &person == &bob && isDeaf ? std::vector<wire::pb::Packet>() : std::vector{packet};
        };
        const auto lost = alice.says(bob, "vvlostanddel");
        QVERIFY(world.until([&] { return bob.client().status().placeholders == 1; }));
        QVERIFY(world.until([&] { return alice.stateOf(lost) == MessageState::Sent; }));
        QVERIFY(alice.client().deleteMessage(lost.id));
        isDeaf = false;
        bob.crash();
        // One line says that it will not come, and nothing is asked for any more.
        QVERIFY(world.until([&] { return bob.client().status().placeholders == 0; }, std::chrono::hours(26)));
        QCOMPARE(bob.texts(), Lines{"hello"});
        QVERIFY(world.until([&] {
            const auto line = bob.history("alice").back();
            return line.kind == MessageKind::Gap && line.cause == core::PlaceholderCause::AuthorHasNot;
        }));
        QCOMPARE(foundIn(Pages(alice.directory()), {"vvlostanddel"}), std::string());
    }

    /// What was sent again at somebody's request had the text in a content of its own.
    void copiesForRepairsGoToo() {
        Friends story;
        auto& [world, alice, bob] = story;
        story.heard(alice, bob, "hello");
        int changed = 0;
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &bob && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == wire::pb::DURABLE && changed++ == 0) {
                        row.mutable_header()->at(200) ^= 1;
                    }
                }
            }
        });
        const auto message = alice.says(bob, "sentforrepair");
        QVERIFY(world.until([&] { return bob.texts().size() == 2; }, std::chrono::minutes(20)));
        QCOMPARE(alice.client().messageInfo(message.id)->resends, 1);
        QVERIFY(world.until([&] { return alice.stateOf(message) >= MessageState::Delivered; }));
        QVERIFY(Pages(alice.directory()).contain("sentforrepair"));
        QVERIFY(alice.client().deleteMessage(message.id));
        QVERIFY(bob.client().deleteMessage(message.id));
        QCOMPARE(foundIn(Pages(alice.directory()), {"sentforrepair"}), std::string());
        QCOMPARE(foundIn(Pages(bob.directory()), {"sentforrepair"}), std::string());
    }

    void allThatIsKnownOfAMessageIsTold() {
        Friends story;
        auto& [world, alice, bob] = story;
        const auto message = story.heard(alice, bob, "hello");
        QVERIFY(world.until([&] { return alice.stateOf(message) == MessageState::Delivered; }));
        const auto own = alice.client().messageInfo(message.id).value();
        QCOMPARE(own.seq, 1U);
        QVERIFY(own.generation > 0 && own.resends == 0);
        QCOMPARE(own.confirmations.size(), 1U);
        QVERIFY(own.confirmations.front().by == bob.address().account &&
                own.confirmations.front().state == MessageState::Delivered);
        const auto theirs = bob.client().messageInfo(message.id).value();
        QVERIFY(theirs.seq == 1 && theirs.confirmations.empty());
    }
};

QTEST_GUILESS_MAIN(TestDeletion)
#include "test_deletion.moc"
