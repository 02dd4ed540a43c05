// SPDX-License-Identifier: GPL-3.0-or-later
// Edits, reactions and deletions: the same on both sides whatever the order, and nobody else's to make.
#include "tests/core/talking.h"
#include "tests/support/found.h"
#include "tests/support/pages.h"
#include "tests/support/watched_statements.h"

#include <numeric>

using namespace sotto;
using namespace sotto::test;
using core::Content;
using core::DeletionBody;
using core::EditBody;
using core::Message;
using core::MessageKind;
using core::MessageName;
using core::MessageState;
using core::ReactionBody;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kThumb = "\xF0\x9F\x91\x8D";
constexpr const char* kHeart = "\xE2\x9D\xA4\xEF\xB8\x8F";
/// A woman and a man kissing, both with skin tones: ten code points, one sign.
constexpr const char* kKiss =
    "\xF0\x9F\x91\xA9\xF0\x9F\x8F\xBB\xE2\x80\x8D\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D"
    "\xF0\x9F\x92\x8B\xE2\x80\x8D\xF0\x9F\x91\xA8\xF0\x9F\x8F\xBF";

MessageName nameOf(const Message& message) {
    return {{message.sender, message.senderDevice}, message.id};
}
Message lineOf(Person& person, const MessageId& id) {
    return person.client().message(id).value();
}
std::string previewOf(Person& person) {
    return person.client().conversations().front().preview;
}
std::string signsOf(Person& person, const MessageId& id) {
    std::string signs;
    for (const core::Reaction& reaction : lineOf(person, id).reactions) {
        signs += reaction.emoji;
    }
    return signs;
}
bool isSettled(Person& person) {
    return count(person, "SELECT count(*) FROM outbox WHERE amendment IS NOT NULL") == 0;
}

/// Alice's chain as somebody could write it who has her keys.
struct Chain {
    Forger& forger;
    const Person& reader;
    std::uint64_t seq;
    Content next(const core::Body& body) {
        Content content = forger.text(reader, "", ++seq);
        content.body = body;
        return content;
    }
};

} // namespace

class TestAmendments : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        initialiseSodium();
        WatchedStatements::install();
    }

    void editsAndReactionsShowOnBothSides() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "see you at eihgt");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.pass(seconds(10)); // and is indexed
        const auto edited = alice.client().editMessage(message.id, "see you at eight");
        QVERIFY(edited && edited->text == "see you at eight" && edited->revision == 1);
        QVERIFY(bob.client().react(message.id, kThumb));
        QVERIFY(world.until(
            [&] { return lineOf(bob, message.id).revision == 1 && signsOf(alice, message.id) == kThumb; }));
        for (Person* person : {&alice, &bob}) {
            const Message line = lineOf(*person, message.id);
            QCOMPARE(line.text, std::string("see you at eight"));
            QVERIFY(line.reactions.size() == 1 && line.reactions[0].by == bob.address().account);
            QCOMPARE(previewOf(*person), std::string("see you at eight"));
            QCOMPARE(found(*person, "eight"), 1U);
            QCOMPARE(found(*person, "eihgt"), 0U);
            const auto versions = person->client().messageInfo(message.id)->versions;
            QCOMPARE(versions.size(), 2U);
            QCOMPARE(versions[0].text, std::string("see you at eihgt"));
            QCOMPARE(versions[1].text, std::string("see you at eight"));
            QCOMPARE(person->texts().size(), 3U);
            QCOMPARE(holesOf(*person), 0U);
            const auto changes = person->saw<core::MessageChanged>();
            QVERIFY(std::any_of(changes.begin(), changes.end(), [](const auto& c) { return c.isAmended; }));
        }
        // Another sign takes its place, and taken back there is none.
        QVERIFY(bob.client().react(message.id, kHeart));
        QVERIFY(world.until([&] { return signsOf(alice, message.id) == kHeart; }));
        QVERIFY(alice.client().react(message.id, kKiss));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).reactions.size() == 2; }));
        QVERIFY(bob.client().react(message.id, {}));
        QVERIFY(world.until([&] { return signsOf(alice, message.id) == kKiss; }));
        QCOMPARE(signsOf(bob, message.id), std::string(kKiss));
        // Nothing of that earns a receipt, and what nothing changes is not sent.
        world.pass(minutes(1));
        const auto sent = count(bob, "SELECT count(*) FROM send");
        QVERIFY(bob.client().react(message.id, {}));
        QVERIFY(alice.client().editMessage(message.id, "see you at eight")->revision == 1);
        world.pass(minutes(1));
        QCOMPARE(count(bob, "SELECT count(*) FROM send"), sent);
        QCOMPARE(alice.client().messageInfo(message.id)->changesWaiting, 0);
    }

    /// Text, two edits and two reactions, in each of 120 orders.
    void theOrderOfArrivalMakesNoDifference() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        Chain chain{forger, bob, 1};
        std::vector<int> order(5);
        std::iota(order.begin(), order.end(), 0);
        do {
            const Content text = chain.next(core::TextBody{"one"});
            const MessageName name{text.sender, text.message};
            const std::vector<Content> contents = {
                text, chain.next(EditBody{name, 1, "two"}), chain.next(EditBody{name, 2, "three"}),
                chain.next(ReactionBody{name, 1, kThumb}), chain.next(ReactionBody{name, 2, kHeart})};
            for (const int which : order) {
                world.inject(bob, {forger.row(bob, contents[static_cast<std::size_t>(which)])});
            }
            const auto info = bob.client().messageInfo(text.message);
            QVERIFY(info && info->message.text == "three" && info->message.revision == 2);
            QCOMPARE(signsOf(bob, text.message), std::string(kHeart));
            QCOMPARE(info->versions.size(), 3U);
            QVERIFY(info->versions[0].text == "one" && info->versions[1].text == "two");
        } while (std::next_permutation(order.begin(), order.end()));
        QCOMPARE(count(bob, "SELECT count(*) FROM early_amendment"), 0);
    }

    void aDeletionWinsInAnyOrder() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        Chain chain{forger, bob, 1};
        std::vector<int> order = {0, 1, 2, 3};
        do {
            const Content text = chain.next(core::TextBody{"zqfirstwords"});
            const MessageName name{text.sender, text.message};
            const std::vector<Content> contents = {text, chain.next(EditBody{name, 1, "zqotherwords"}),
                                                   chain.next(ReactionBody{name, 1, "Z"}),
                                                   chain.next(DeletionBody{name})};
            for (const int which : order) {
                world.inject(bob, {forger.row(bob, contents[static_cast<std::size_t>(which)])});
            }
            const Message left = lineOf(bob, text.message);
            QVERIFY(left.kind == MessageKind::Deleted && left.deletedByAuthor && left.text.empty());
            QVERIFY(left.revision == 0 && left.reactions.empty() && !left.unread);
        } while (std::next_permutation(order.begin(), order.end()));
        for (const char* table : {"SELECT count(*) FROM early_amendment", "SELECT count(*) FROM edit",
                                  "SELECT count(*) FROM reaction"}) {
            QCOMPARE(count(bob, table), 0);
        }
        const Pages pages(bob.directory());
        QCOMPARE(foundIn(pages, {"zqfirstwords", "zqotherwords"}), std::string());
        QVERIFY(previewOf(bob).find("zq") == std::string::npos);
    }

    /// Two edits with one number: the later life of the device counts, then the larger number.
    void ofTwoWithOneNumberAllTakeTheSame() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        Chain chain{forger, bob, 1};
        for (const bool swapped : {false, true}) {
            const Content text = chain.next(core::TextBody{"one"});
            const MessageName name{text.sender, text.message};
            Content low = chain.next(EditBody{name, 1, "of the old life"});
            Content high = chain.next(EditBody{name, 1, "of the new life"});
            ++high.generation;
            Content sign = chain.next(ReactionBody{name, 1, "a"});
            Content later = chain.next(ReactionBody{name, 1, "b"});
            world.inject(bob, {forger.row(bob, text)});
            for (const Content* content :
                 swapped ? std::array{&high, &low, &later, &sign} : std::array{&low, &high, &sign, &later}) {
                world.inject(bob, {forger.row(bob, *content)});
            }
            QCOMPARE(lineOf(bob, text.message).text, std::string("of the new life"));
            QCOMPARE(signsOf(bob, text.message), std::string("b"));
        }
    }

    /// An edit that was lost on its way comes like a lost message, and nothing else stays behind.
    void whatIsLostIsAskedFor() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.pass(minutes(1));
        int lost = 0;
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &bob && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == wire::pb::DURABLE && lost++ == 0) {
                        row.mutable_header()->at(200) ^= 1; // unreadable
                    }
                }
            }
        });
        QVERIFY(alice.client().editMessage(message.id, "after"));
        QVERIFY(world.until([&] { return bob.client().status().placeholders == 1; }));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).text == "after"; }, std::chrono::hours(2)));
        QCOMPARE(bob.client().status().placeholders, 0);
        QCOMPARE(bob.client().status().gaps, 0);
        QCOMPARE(holesOf(bob), 0U);
        // A number that never came at all, too: the next message shows it.
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &bob && frame.has_deliver() && lost == 1) {
                frame.Clear();
            }
        });
        lost = 1;
        QVERIFY(alice.client().react(message.id, kThumb));
        QVERIFY(world.until([&] { return isSettled(alice); }));
        world.toClient = nullptr;
        // The relay forgets that it has not been fetched.
        alice.says(bob, "and more");
        QVERIFY(world.until([&] { return signsOf(bob, message.id) == kThumb; }, std::chrono::hours(2)));
        QCOMPARE(holesOf(bob), 0U);
        QVERIFY(!hasAlarm(bob, "two different messages"));
    }

    void whatIsNotSealedYetGoesOutAsItIs() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        const auto draft = alice.says(bob, "zqhasty");
        QVERIFY(alice.client().editMessage(draft.id, "considered")->revision == 0);
        QCOMPARE(previewOf(alice), std::string("considered"));
        const auto secret = alice.says(bob, "zqsecret");
        QCOMPARE(alice.client().deleteForEveryone(secret.id)->state, MessageState::Failed);
        QVERIFY(!alice.client().react(draft.id, kThumb));
        QVERIFY(!alice.client().editMessage(secret.id, "again"));
        alice.crash();
        QCOMPARE(count(alice, "SELECT count(*) FROM own_amendment"), 0);
        alice.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        QCOMPARE(bob.texts().back(), std::string("considered"));
        world.pass(minutes(1));
        QVERIFY(!bob.client().message(secret.id));
        QCOMPARE(foundIn(Pages(alice.directory()), {"zqhasty", "zqsecret"}), std::string());
        QCOMPARE(holesOf(bob), 0U);
    }

    /// Made offline, through a crash, and with another life of the device before they are sent.
    void amendmentsWaitForTheRelay() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "one");
        const auto other = bob.says(alice, "other");
        QVERIFY(world.until([&] { return bob.texts().size() == 4 && alice.texts().size() == 4; }));
        world.pass(minutes(1));
        alice.goOffline();
        QVERIFY(alice.client().editMessage(message.id, "two"));
        QVERIFY(alice.client().editMessage(message.id, "three"));
        QVERIFY(alice.client().react(other.id, kThumb));
        QCOMPARE(alice.client().messageInfo(message.id)->changesWaiting, 2);
        QCOMPARE(alice.client().status().queued, 3);
        alice.crash();
        bool isDeaf = true; // sealed, and not stored yet
        world.toRelay = [&](Person& person, const wire::pb::Packet& packet) {
            const bool sends = std::any_of(packet.frames().begin(), packet.frames().end(),
                                           [](const auto& frame) { return frame.has_send(); });
            return &person == &alice && isDeaf && sends ? std::vector<wire::pb::Packet>()
                                                        : std::vector{packet};
        };
        alice.goOnline();
        QVERIFY(world.until([&] {
            return count(alice,
                         "SELECT count(*) FROM outbox WHERE amendment IS NOT NULL AND send IS NOT NULL") == 3;
        }));
        alice.goOffline();
        const auto unfixed = alice.profile().database().transaction([&] {
            core::OutboxStore(alice.profile().database()).unfixAll(); // as a restored profile does
        });
        QVERIFY(unfixed.has_value());
        QCOMPARE(count(alice, "SELECT count(*) FROM own_amendment WHERE generation = 0 AND state = 1"), 3);
        isDeaf = false;
        alice.crash();
        alice.goOnline();
        QVERIFY(world.until(
            [&] { return lineOf(bob, message.id).text == "three" && signsOf(bob, other.id) == kThumb; }));
        QCOMPARE(bob.client().messageInfo(message.id)->versions.size(), 3U);
        QVERIFY(world.until([&] { return isSettled(alice); }));
        QCOMPARE(alice.client().messageInfo(message.id)->changesWaiting, 0);
    }

    void deletedForEveryoneLeavesNoTraceAnywhere() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "zqoriginalx one two");
        QVERIFY(world.until([&] { return bob.client().message(message.id).has_value(); }));
        QVERIFY(alice.client().editMessage(message.id, "zqcorrectedx three"));
        QVERIFY(bob.client().react(message.id, "\xC8\x83"));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).revision == 1; }));
        QVERIFY(world.until([&] { return !signsOf(alice, message.id).empty(); }));
        world.pass(minutes(1)); // indexed, and all receipts are there
        for (Person* person : {&alice, &bob}) {
            const Pages pages(person->directory());
            QVERIFY(pages.contain("zqoriginalx") && pages.contain("zqcorrectedx"));
        }
        const auto left = alice.client().deleteForEveryone(message.id);
        QVERIFY(left && left->kind == MessageKind::Deleted && left->deletedByAuthor);
        QVERIFY(world.until([&] { return lineOf(bob, message.id).kind == MessageKind::Deleted; }));
        world.pass(minutes(1));
        for (Person* person : {&alice, &bob}) {
            const Message line = lineOf(*person, message.id);
            QVERIFY(line.deletedByAuthor && line.text.empty() && line.reactions.empty());
            const Pages pages(person->directory());
            QCOMPARE(foundIn(pages, {"zqoriginalx", "zqcorrectedx"}), std::string());
            QCOMPARE(found(*person, "zqoriginalx"), 0U);
            QVERIFY(person->client().messageInfo(message.id)->versions.empty());
            QCOMPARE(previewOf(*person), person->texts().back());
            QVERIFY(person->profile().database().check().empty());
        }
        // A second time changes nothing, and late amendments of it change nothing either.
        QVERIFY(alice.client().deleteForEveryone(message.id)->deletedByAuthor);
        QVERIFY(!alice.client().editMessage(message.id, "again"));
        QVERIFY(!bob.client().react(message.id, kThumb));
        Forger forger(world, alice);
        Content late = forger.text(bob, "", 9);
        late.body = EditBody{nameOf(message), 7, "zqlatex"};
        world.inject(bob, {forger.row(bob, late)});
        QVERIFY(lineOf(bob, message.id).text.empty());
        QCOMPARE(count(bob, "SELECT count(*) FROM edit"), 0);
        // What was deleted only here can still be taken back.
        const auto second = alice.says(bob, "zqsecondx");
        QVERIFY(world.until([&] { return bob.client().message(second.id).has_value(); }));
        QVERIFY(alice.client().deleteMessage(second.id));
        QVERIFY(alice.client().deleteForEveryone(second.id));
        QVERIFY(world.until([&] { return lineOf(bob, second.id).kind == MessageKind::Deleted; }));
    }

    /// A copy that was sent once more for somebody goes with the rest.
    void copiesOfEditsForRepairsGoToo() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "one");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.pass(minutes(1));
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
        QVERIFY(alice.client().editMessage(message.id, "zqrepairedx"));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).revision == 1; }, minutes(20)));
        world.pass(minutes(1));
        QVERIFY(alice.client().deleteForEveryone(message.id));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).kind == MessageKind::Deleted; }));
        world.pass(minutes(1));
        for (Person* person : {&alice, &bob}) {
            QCOMPARE(foundIn(Pages(person->directory()), {"zqrepairedx"}), std::string());
        }
    }

    // ---- Hostile contacts ----

    void nobodyAmendsWhatIsNotTheirs() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        carol.knows(bob);
        const auto ofAlice = alice.says(bob, "of alice");
        const auto ofBob = bob.says(alice, "of bob");
        const auto toCarol = bob.says(carol, "to carol");
        const auto ofCarol = carol.says(bob, "of carol");
        QVERIFY(world.until([&] { return bob.texts().size() == 6 && carol.texts().size() == 2; }));
        world.pass(minutes(1));
        const std::string before = everythingOf(bob);
        Forger forger(world, alice);
        Chain chain{forger, bob, 100};
        const MessageName alices = nameOf(ofAlice);
        std::vector<Content> attacks;
        for (const MessageName& name : {nameOf(ofBob), nameOf(toCarol), nameOf(ofCarol)}) {
            attacks.push_back(chain.next(EditBody{name, 1, "never said"}));
            attacks.push_back(chain.next(DeletionBody{name}));
        }
        // Signs under what was said elsewhere, and what is no sign.
        attacks.push_back(chain.next(ReactionBody{nameOf(ofCarol), 1, kThumb}));
        attacks.push_back(chain.next(ReactionBody{nameOf(toCarol), 1, kThumb}));
        for (const char* text : {"ab", " ", "\n", "\xE2\x80\xAE", "\xCC\x81", "\xE2\x80\x8B", "\x7F"}) {
            attacks.push_back(chain.next(ReactionBody{alices, 1, text}));
        }
        // Another device of the author's that never wrote it.
        MessageName elsewhere = alices;
        elsewhere.sender.device = DeviceNumber{2};
        attacks.push_back(chain.next(EditBody{elsewhere, 1, "never said"}));
        for (const Content& attack : attacks) {
            world.inject(bob, {forger.row(bob, attack)});
        }
        QCOMPARE(messagesOf(bob), before.substr(before.size() - 64));
        QCOMPARE(count(bob, "SELECT count(*) FROM reaction"), 0);
        QCOMPARE(count(bob, "SELECT count(*) FROM edit"), 0);
        QCOMPARE(count(bob, "SELECT count(*) FROM early_amendment"), 1);
        QCOMPARE(bob.client().status().placeholders, 0);
        // Without a number, without a revision, too long or in broken letters: put aside, and never applied.
        Content unnumbered = forger.text(bob, "", 0);
        unnumbered.body = EditBody{alices, 1, "never said"};
        attacks = {unnumbered,
                   chain.next(EditBody{alices, 0, "x"}),
                   chain.next(EditBody{alices, 101, "x"}),
                   chain.next(EditBody{alices, 1, std::string(core::kMaxTextBytes + 1, 'x')}),
                   chain.next(EditBody{alices, 1, ""}),
                   chain.next(EditBody{alices, 1, "\xFF"}),
                   chain.next(ReactionBody{alices, 1, std::string(65, 'x')}),
                   chain.next(ReactionBody{alices, 0, kThumb}),
                   chain.next(DeletionBody{{alices.sender, MessageId()}})};
        for (const Content& attack : attacks) {
            world.inject(bob, {forger.row(bob, attack)});
            QVERIFY(lastPlaceholderOf(bob) == core::PlaceholderCause::Mismatch);
        }
        QCOMPARE(placeholdersOf(bob).size(), attacks.size());
        QCOMPARE(messagesOf(bob), before.substr(before.size() - 64));
    }

    /// However often somebody changes their mind, one row stands for it; what waits for nothing is bounded.
    void aFloodOfReactionsTakesNoRoom() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = bob.says(alice, "like it?");
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        Forger forger(world, alice);
        Chain chain{forger, bob, 100};
        constexpr int kFlood = 1'200;
        std::vector<wire::pb::Row> rows;
        const auto flush = [&] {
            world.inject(bob, rows);
            rows.clear();
        };
        for (int i = 1; i <= kFlood; ++i) {
            const std::string sign(1, static_cast<char>('a' + i % 26));
            rows.push_back(forger.row(
                bob, chain.next(ReactionBody{nameOf(message), static_cast<std::uint64_t>(i), sign})));
            MessageName unknown = nameOf(message);
            unknown.id = world.random.next<MessageId>();
            rows.push_back(forger.row(bob, chain.next(ReactionBody{unknown, 1, sign})));
            if (rows.size() == 50) {
                flush();
            }
        }
        QCOMPARE(lineOf(bob, message.id).reactions.size(), 1U);
        QCOMPARE(count(bob, "SELECT count(*) FROM reaction"), 1);
        QCOMPARE(count(bob, "SELECT count(*) FROM early_amendment"), core::AmendmentStore::kMostEarly);
        QCOMPARE(bob.texts().size(), 3U);
        // What is real still comes through.
        QVERIFY(bob.client().editMessage(message.id, "do you like it?"));
        QVERIFY(world.until([&] { return lineOf(alice, message.id).revision == 1; }));
        // And what nobody ever wrote about is forgotten some day.
        world.pass(std::chrono::hours(24 * 61));
        alice.says(bob, "later");
        QVERIFY(world.until([&] { return bob.texts().size() == 4; }));
        bob.crash();
        QCOMPARE(count(bob, "SELECT count(*) FROM early_amendment"), 0);
    }

    // ---- Limits ----

    void badInputIsRefusedWithASentence() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "hello");
        QVERIFY(world.until([&] { return alice.stateOf(message) >= MessageState::Delivered; }));
        const auto refused = [](const core::Result<Message>& result, const char* word) {
            return !result && result.error().code == core::FailureCode::Invalid &&
                   result.error().text.find(word) != std::string::npos;
        };
        for (const std::string& sign :
             {std::string("ab"), std::string(" "), std::string("\t"), std::string("\xCC\x81"),
              std::string("\xE2\x80\xAE"), std::string("\xFF"), std::string(kThumb) + kThumb,
              "e" + std::string(64, '\xCC')}) {
            QVERIFY(refused(alice.client().react(message.id, sign), "one emoji"));
        }
        std::string tall = "e";
        while (tall.size() <= core::kMaxReactionBytes) {
            tall += "\xCC\x81";
        }
        QVERIFY(refused(alice.client().react(message.id, tall), "one emoji"));
        for (const char* sign : {kThumb, kHeart, kKiss, "+", "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7"}) {
            QVERIFY(alice.client().react(message.id, sign));
        }
        QVERIFY(refused(bob.client().editMessage(message.id, "mine now"), "of your own"));
        QVERIFY(refused(bob.client().deleteForEveryone(message.id), "of your own"));
        QVERIFY(refused(alice.client().editMessage(message.id, ""), "empty"));
        QVERIFY(refused(alice.client().editMessage(message.id, "\xC3"), "UTF-8"));
        QVERIFY(refused(alice.client().editMessage(message.id, std::string(65'537, 'x')), "limit"));
        for (std::uint32_t i = 1; i <= core::kMaxRevisions; ++i) {
            QVERIFY(alice.client().editMessage(message.id, "hello " + std::to_string(i)));
        }
        QVERIFY(refused(alice.client().editMessage(message.id, "once more"), "100 times"));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).text == "hello 100"; }));
        QCOMPARE(bob.client().messageInfo(message.id)->versions.size(), 101U);
        QCOMPARE(alice.client().react(world.random.next<MessageId>(), kThumb).error().code,
                 core::FailureCode::NotFound);
    }

    /// Of what amending asks, only what is small or an index is walked through.
    void noAmendmentScansTheHistory() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = alice.says(bob, "one two three");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.pass(minutes(1));
        WatchedStatements watched;
        QVERIFY(alice.client().editMessage(message.id, "four five"));
        QVERIFY(bob.client().react(message.id, kThumb));
        QVERIFY(world.until(
            [&] { return lineOf(bob, message.id).revision == 1 && signsOf(alice, message.id) == kThumb; }));
        static_cast<void>(bob.history("alice"));
        static_cast<void>(alice.client().messageInfo(message.id));
        QVERIFY(alice.client().deleteForEveryone(message.id));
        QVERIFY(world.until([&] { return lineOf(bob, message.id).kind == MessageKind::Deleted; }));
        watched.stop();
        watched.forget([](const std::string& sql) {
            const auto has = [&](const char* part) { return sql.find(part) != std::string::npos; };
            return has("m.message_id = ? ORDER") || // sorts one or two
                   (!has("amendment") && !has("reaction") && !has(" edit") && !has("revision"));
        });
        QVERIFY(watched.texts().size() > 20);
        const std::string costly = costlyStep(bob.profile().database(), watched, {"early_amendment"});
        QVERIFY2(costly.empty(), costly.c_str());
    }
};

QTEST_GUILESS_MAIN(TestAmendments)
#include "test_amendments.moc"
