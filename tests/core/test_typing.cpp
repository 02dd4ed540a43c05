// SPDX-License-Identifier: GPL-3.0-or-later
// What others are told beside messages: that somebody types, and that something was read.
#include "core/sync/typing.h"
#include "tests/core/talking.h"

using namespace sotto;
using namespace sotto::test;
using core::MessageState;
using core::PrivacySetting;
using core::TypingChanged;

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

core::ConversationKey with(Person& person, const std::string& name) {
    return person.client().conversationWith(person.contact(name).key).value();
}

/// Alice's keys, and what Bob sees of them.
struct Keys : Talking {
    int told = 0; ///< ephemeral frames that Alice sent
    core::ConversationKey toBob = with(alice, "bob");
    core::ConversationKey toAlice = with(bob, "alice");
    Keys() {
        world.toRelay = [this](Person& person, const pb::Packet& packet) {
            for (const pb::Frame& frame : packet.frames()) {
                told += &person == &alice && frame.has_send() && frame.send().class_() == pb::EPHEMERAL;
            }
            return std::vector{packet};
        };
    }
    void key() { alice.client().typing(toBob, true); }
    bool shown() { return bob.client().isTyping(toAlice, alice.address().account); }
};

} // namespace

class TestTyping : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void itShowsAndStopsThreeSecondsAfterTheLastKey() {
        Keys story;
        auto& world = story.world;
        const auto sends = count(story.alice, "SELECT count(*) FROM send");
        for (int i = 0; i < 60; ++i) { // six seconds
            story.key();
            world.pass(Milliseconds(100));
        }
        QVERIFY(story.shown());
        QVERIFY2(story.told >= 2 && story.told <= 3, std::to_string(story.told).c_str());
        world.pass(Milliseconds(2'000));
        QVERIFY(story.shown());
        world.pass(Milliseconds(1'500));
        QVERIFY(!story.shown());
        const auto events = story.bob.saw<TypingChanged>();
        QCOMPARE(events.size(), 2U);
        QVERIFY(events[0].isTyping && !events[1].isTyping && events[0].conversation == story.toAlice);
        QVERIFY(events[0].account == story.alice.address().account);
        // Nothing of it is kept anywhere.
        QCOMPARE(count(story.alice, "SELECT count(*) FROM send"), sends);
        QCOMPARE(count(story.alice, "SELECT count(*) FROM outbox"), 0);
        QCOMPARE(story.bob.texts().size(), 2U);
        QCOMPARE(story.bob.client().status().placeholders, 0);
        // The message itself ends it at once.
        story.key();
        QVERIFY(world.until([&] { return story.shown(); }));
        story.alice.says(story.bob, "hello");
        QVERIFY(world.until([&] { return story.bob.texts().size() == 3; }, seconds(2)));
        QVERIFY(!story.shown());
    }

    void itEndsWithTheLinkAndWhenItsEndIsLost() {
        Keys story;
        auto& world = story.world;
        story.key();
        QVERIFY(world.until([&] { return story.shown(); }, seconds(2)));
        story.alice.goOffline();
        story.key(); // nobody hears that, and nothing waits
        world.pass(seconds(4));
        QVERIFY(story.shown());
        world.pass(seconds(3));
        QVERIFY(!story.shown());
        const int told = story.told;
        story.alice.goOnline();
        world.pass(minutes(1));
        QCOMPARE(story.told, told);
        story.key();
        QVERIFY(world.until([&] { return story.shown(); }, seconds(2)));
        story.bob.goOffline();
        QVERIFY(!story.shown());
    }

    void turnedOffItIsNeitherToldNorShown() {
        Keys story;
        auto& world = story.world;
        QVERIFY(story.alice.client().isAllowed(PrivacySetting::Typing));
        QVERIFY(story.alice.client().setAllowed(PrivacySetting::Typing, false));
        story.key();
        world.pass(seconds(5));
        QCOMPARE(story.told, 0);
        story.alice.crash();
        QVERIFY(!story.alice.client().isAllowed(PrivacySetting::Typing));
        QVERIFY(story.alice.client().setAllowed(PrivacySetting::Typing, true));
        QVERIFY(story.bob.client().setAllowed(PrivacySetting::Typing, false));
        QVERIFY(world.until([&] { return story.alice.client().link().state == core::LinkState::Drained; }));
        story.key();
        world.pass(seconds(2));
        QCOMPARE(story.told, 1);
        QVERIFY(!story.shown() && story.bob.saw<TypingChanged>().empty());
    }

    void strangersAreToldNothing() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        const auto link = bob.client().contactLink().value();
        QVERIFY(alice.client().addContact(link).has_value());
        alice.says("bob", "hello stranger");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        int told = 0;
        world.toRelay = [&](Person& person, const pb::Packet& packet) {
            for (const pb::Frame& frame : packet.frames()) {
                told += &person == &bob && frame.has_send();
            }
            return std::vector{packet};
        };
        const auto conversation = bob.client().conversations().front().key;
        bob.client().typing(conversation, true);
        QVERIFY(bob.client().markRead(conversation, bob.client().newestKey()));
        alice.client().typing(with(alice, "bob"), true);
        world.pass(minutes(1));
        QCOMPARE(told, 0);
        QVERIFY(!bob.client().isTyping(conversation, alice.address().account));
    }

    /// Nothing goes back before somebody is accepted, nothing is taken of whom is blocked.
    void requestsWaitAndTheBlockedAreNotHeard() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()).has_value());
        const auto first = alice.says("bob", "hello stranger");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        QVERIFY(!bob.contact("alice").accepted && !bob.contact("alice").blocked);
        world.pass(minutes(2));
        QCOMPARE(alice.stateOf(first), MessageState::Sent);
        const auto accepted = bob.client().accept(bob.contact("alice").key);
        QVERIFY(accepted && accepted->accepted && !bob.saw<core::ContactChanged>().empty());
        const auto second = alice.says("bob", "and now?");
        QVERIFY(world.until([&] { return alice.stateOf(second) == MessageState::Delivered; }));

        const auto blocked = bob.client().block(bob.contact("alice").key);
        QVERIFY(blocked && blocked->blocked && !blocked->accepted);
        bob.crash();
        const auto unheard = alice.says("bob", "do you hear me?");
        QVERIFY(alice.client().editMessage(second.id, "never seen").has_value());
        QVERIFY(alice.client().react(second.id, "+").has_value());
        alice.client().typing(with(alice, "bob"), true);
        world.pass(minutes(2));
        QCOMPARE(bob.texts(), (Lines{"hello stranger", "and now?"}));
        QCOMPARE(alice.stateOf(unheard), MessageState::Sent);
        QVERIFY(bob.saw<TypingChanged>().empty());
        const auto conversation = bob.client().conversations().front().key;
        const auto refused = bob.client().sendText(conversation, "no");
        QVERIFY(!refused && refused.error().code == core::FailureCode::Refused);
        QVERIFY(!bob.client().react(second.id, "-"));
        // Accepted again: what came meanwhile does not come later, and is not missed.
        QVERIFY(bob.client().accept(bob.contact("alice").key)->accepted);
        const auto third = alice.says("bob", "and again?");
        QVERIFY(world.until([&] { return alice.stateOf(third) == MessageState::Delivered; }));
        world.pass(std::chrono::hours(2));
        QCOMPARE(bob.texts(), (Lines{"hello stranger", "and now?", "and again?"}));
        QCOMPARE(bob.client().status().gaps, 0);
        QCOMPARE(bob.client().status().placeholders, 0);
        QVERIFY(bob.client().sendText(conversation, "yes").has_value());
    }

    /// What is lost has to be skipped by the ratchet: somebody who never answers does not hear of it for
    /// ever.
    void whoNeverAnswersIsNotToldForEver() {
        Keys story;
        auto& world = story.world;
        story.bob.goOffline();
        for (int i = 0; i < 200; ++i) {
            story.key();
            world.pass(seconds(4)); // and its end
        }
        QCOMPARE(story.told, core::Typing::kMostUnanswered);
        story.alice.says(story.bob, "are you there?");
        story.bob.goOnline();
        QVERIFY(world.until([&] { return story.bob.texts().size() == 3; }));
        QCOMPARE(story.bob.client().status().placeholders, 0);
        story.bob.says(story.alice, "yes");
        QVERIFY(world.until([&] { return story.alice.texts().size() == 4; }));
        story.key();
        QVERIFY(world.until([&] { return story.shown(); }, seconds(2)));
    }

    void underPressureItIsNotEvenSent() {
        Keys story;
        auto& world = story.world;
        bool isPressed = true;
        world.toClient = [&](Person& person, const pb::Packet& packet) {
            std::vector<pb::Packet> packets{packet};
            if (&person == &story.alice && std::exchange(isPressed, false)) {
                pb::Packet notice;
                notice.add_frames()->mutable_notice()->set_pressure(1);
                packets.push_back(notice);
            }
            return packets;
        };
        story.bob.says(story.alice, "hello");
        QVERIFY(world.until([&] { return story.alice.texts().size() == 3 && !isPressed; }));
        world.pass(seconds(1)); // the notice is behind it
        story.key();
        world.pass(seconds(5));
        QCOMPARE(story.told, 0);
    }

    /// A broken one is not worth a line; what comes after it is read.
    void whatIsSpoiltLeavesNoLine() {
        Keys story;
        auto& world = story.world;
        bool spoils = true;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &story.bob && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == pb::EPHEMERAL && spoils) {
                        row.mutable_header()->at(200) ^= 1;
                    }
                }
            }
        });
        story.key();
        world.pass(seconds(2));
        QVERIFY(!story.shown());
        spoils = false;
        world.pass(seconds(2));
        story.key();
        QVERIFY(world.until([&] { return story.shown(); }, seconds(2)));
        QCOMPARE(story.bob.client().status().placeholders, 0);
        QCOMPARE(story.bob.texts().size(), 2U);
    }

    void readReceiptsCanBeTurnedOff() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto read = [&](Person& person) {
            const auto conversation = person.client().conversations().front().key;
            return person.client().markRead(conversation, person.client().newestKey()).has_value();
        };
        // Bob does not tell.
        QVERIFY(bob.client().setAllowed(PrivacySetting::ReadReceipts, false));
        const auto first = alice.says(bob, "first");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        QVERIFY(read(bob));
        world.pass(minutes(1));
        QCOMPARE(alice.stateOf(first), MessageState::Delivered);
        // Nor what he owed before: it goes as far as "it arrived".
        QVERIFY(bob.client().setAllowed(PrivacySetting::ReadReceipts, true));
        bob.goOffline();
        bob.goOnline();
        const auto second = alice.says(bob, "second");
        QVERIFY(world.until([&] { return bob.texts().size() == 4; }));
        bob.goOffline();
        QVERIFY(read(bob));
        QVERIFY(bob.client().setAllowed(PrivacySetting::ReadReceipts, false));
        bob.goOnline();
        world.pass(minutes(1));
        QCOMPARE(alice.stateOf(second), MessageState::Delivered);
        // Alice does not want to know: what Bob tells is not shown.
        QVERIFY(bob.client().setAllowed(PrivacySetting::ReadReceipts, true));
        QVERIFY(alice.client().setAllowed(PrivacySetting::ReadReceipts, false));
        const auto third = alice.says(bob, "third");
        QVERIFY(world.until([&] { return bob.texts().size() == 5; }));
        QVERIFY(read(bob));
        world.pass(minutes(1));
        QCOMPARE(alice.stateOf(third), MessageState::Delivered);
        QVERIFY(alice.client().setAllowed(PrivacySetting::ReadReceipts, true));
        const auto fourth = alice.says(bob, "fourth");
        QVERIFY(world.until([&] { return bob.texts().size() == 6; }));
        QVERIFY(read(bob));
        QVERIFY(world.until([&] { return alice.stateOf(fourth) == MessageState::Read; }));
    }
};

QTEST_GUILESS_MAIN(TestTyping)
#include "test_typing.moc"
