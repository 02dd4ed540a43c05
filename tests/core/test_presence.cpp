// SPDX-License-Identifier: GPL-3.0-or-later
// Who is there: as much as both share, and nothing to anybody else.
#include "core/sync/presence.h"
#include "tests/core/talking.h"

using namespace sotto;
using namespace sotto::test;
using core::Presence;
using core::PresenceBody;
using core::PresenceChanged;
using core::PresenceSharing;
using core::PresenceView;
using Kind = core::PresenceView::Kind;

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Alice and Bob, and how many ephemeral frames each sends.
struct Seen : Talking {
    int aliceTold = 0;
    int bobTold = 0;
    core::ConversationKey toBob = alice.client().conversations().front().key;
    core::ConversationKey toAlice = bob.client().conversations().front().key;
    explicit Seen(PresenceSharing ofAlice = PresenceSharing::Exact,
                  PresenceSharing ofBob = PresenceSharing::Exact) {
        share(alice, ofAlice);
        share(bob, ofBob);
        world.toRelay = [this](Person& person, const pb::Packet& packet) {
            for (const pb::Frame& frame : packet.frames()) {
                const bool tells = frame.has_send() && frame.send().class_() == pb::EPHEMERAL;
                aliceTold += tells && &person == &alice;
                bobTold += tells && &person == &bob;
            }
            return std::vector{packet};
        };
    }
    static void share(Person& person, PresenceSharing sharing) {
        if (!person.client().setPresenceSharing(sharing)) {
            throw std::runtime_error("not set");
        }
    }
    PresenceView ofBob() { return alice.client().presence(bob.address().account); }
    PresenceView ofAlice() { return bob.client().presence(alice.address().account); }
    void bothLook() {
        alice.client().look(toBob);
        bob.client().look(toAlice);
    }
};

/// What Alice's program says with Alice's keys, as ephemeral mail.
pb::Row forged(Forger& forger, Person& reader, const core::Body& body) {
    core::Content content = forger.text(reader, "", 0);
    content.body = body;
    pb::Row row = forger.row(reader, content);
    row.set_class_(pb::EPHEMERAL);
    row.set_number(0);
    return row;
}
PresenceBody says(PresenceBody::State state, bool isExact = true, bool looks = true) {
    PresenceBody body;
    body.state = state;
    body.isExact = isExact;
    body.looks = looks;
    return body;
}

} // namespace

class TestPresence : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void whoSharesExactlySeesExactly() {
        Seen story;
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        const auto sends = count(alice, "SELECT count(*) FROM send");
        story.bothLook();
        QVERIFY(world.until([&] { return story.ofBob().kind == Kind::Online; }, seconds(5)));
        QVERIFY(world.until([&] { return story.ofAlice().kind == Kind::Online; }, seconds(5)));
        QVERIFY2(story.aliceTold <= 3 && story.bobTold <= 3, std::to_string(story.bobTold).c_str());
        // Bob turns away: Alice, who looked, hears of it.
        world.pass(minutes(1));
        const auto left = unixMilliseconds(world.clock.wall());
        bob.client().away();
        QVERIFY(world.until([&] { return story.ofBob().kind == Kind::LastSeen; }, minutes(1)));
        QVERIFY(std::abs(story.ofBob().at - left) < 3'000);
        bob.client().look(story.toAlice);
        QVERIFY(world.until([&] { return story.ofBob().kind == Kind::Online; }, minutes(1)));
        // Nobody does anything any more: minutes later both are taken to be away.
        world.pass(Presence::kThereFor + minutes(1));
        QVERIFY(story.ofBob().kind == Kind::LastSeen && story.ofAlice().kind == Kind::LastSeen);
        QCOMPARE(count(alice, "SELECT count(*) FROM send"), sends); // nothing of it is kept anywhere
        QCOMPARE(count(alice, "SELECT count(*) FROM outbox"), 0);
        const int told = story.aliceTold + story.bobTold;
        world.pass(hours(10));
        QCOMPARE(story.aliceTold + story.bobTold, told);
        // Three days later nothing is left of it.
        world.pass(hours(80));
        QVERIFY(story.ofBob().kind == Kind::Unknown);
        QCOMPARE(bob.texts().size(), 2U);
        const auto events = alice.saw<PresenceChanged>();
        QVERIFY(events.size() >= 4 && events.back().now.kind == Kind::Unknown);
        QVERIFY(events[0].account == bob.address().account && events[0].conversation == story.toBob);
    }

    void ofTwoTheCoarserCounts() {
        for (const bool isAliceExact : {true, false}) {
            Seen story(isAliceExact ? PresenceSharing::Exact : PresenceSharing::Recently,
                       isAliceExact ? PresenceSharing::Recently : PresenceSharing::Exact);
            auto& [world, alice, bob] = static_cast<Talking&>(story);
            for (int i = 0; i < 30; ++i) {
                story.bothLook();
                world.pass(minutes(1));
            }
            bob.client().away();
            alice.client().away();
            world.pass(minutes(20));
            QVERIFY(story.ofBob().kind == Kind::Recently && story.ofAlice().kind == Kind::Recently);
            for (Person* person : {&alice, &bob}) {
                for (const PresenceChanged& event : person->saw<PresenceChanged>()) {
                    QVERIFY(event.now.kind == Kind::Recently && event.now.at == 0);
                }
            }
        }
    }

    /// How long it takes until the other hears says nothing of when somebody looked.
    void recentlyIsToldSeldomAndSomeTimeLater() {
        Seen story(PresenceSharing::Recently, PresenceSharing::Recently);
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        bob.client().look(story.toAlice); // was there, in any case
        QVERIFY(world.until([&] { return story.ofBob().kind == Kind::Recently; }, minutes(2)));
        world.pass(minutes(5));
        const int bobTold = story.bobTold;
        for (int i = 0; i < 100; ++i) {
            alice.client().look(story.toBob);
            world.pass(minutes(1));
        }
        QVERIFY(story.ofAlice().kind == Kind::Recently);
        QVERIFY2(story.aliceTold <= 2, std::to_string(story.aliceTold).c_str());
        QCOMPARE(story.bobTold, bobTold); // he was told twice, and says no more than he did
        // By whom nobody was told anything for three days, "recently" is over.
        world.pass(Presence::kLately + minutes(2));
        QVERIFY(story.ofBob().kind == Kind::Unknown && story.ofAlice().kind == Kind::Unknown);
        // Times of ten first words lie apart.
        std::set<std::int64_t> delays;
        for (int i = 0; i < 10; ++i) {
            world.pass(hours(3));
            const int before = story.aliceTold;
            const auto begin = world.clock.steady();
            alice.client().look(story.toBob);
            QVERIFY(world.until([&] { return story.aliceTold > before; }, minutes(2)));
            delays.insert(std::chrono::duration_cast<seconds>(world.clock.steady() - begin).count() / 5);
            alice.says(bob, "so that he hears of her");
            bob.says(alice, "and she of him");
            world.pass(minutes(1));
        }
        QVERIFY2(delays.size() >= 4, std::to_string(delays.size()).c_str());
    }

    void turnedOffItIsNeitherToldNorAnsweredNorShown() {
        Seen story(PresenceSharing::Exact, PresenceSharing::Off);
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        for (int i = 0; i < 10; ++i) {
            story.bothLook();
            world.pass(minutes(5));
        }
        QVERIFY(story.aliceTold > 0);
        QCOMPARE(story.bobTold, 0);
        QVERIFY(story.ofAlice().kind == Kind::Unknown && bob.saw<PresenceChanged>().empty());
        QVERIFY(story.ofBob().kind == Kind::Unknown);
        // It is kept, and what was known before goes at once.
        Seen::share(alice, PresenceSharing::Off);
        alice.crash();
        QVERIFY(alice.client().presenceSharing() == PresenceSharing::Off);
        Seen other;
        other.bothLook();
        QVERIFY(other.world.until([&] { return other.ofBob().kind == Kind::Online; }, seconds(5)));
        Seen::share(other.alice, PresenceSharing::Recently);
        QVERIFY(other.ofBob().kind == Kind::Unknown);
        QVERIFY(other.alice.saw<PresenceChanged>().back().now.kind == Kind::Unknown);
    }

    void withTheLinkNobodyIsThere() {
        Seen story;
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        story.bothLook();
        QVERIFY(world.until([&] { return story.ofBob().kind == Kind::Online; }, seconds(5)));
        alice.goOffline();
        QVERIFY(story.ofBob().kind == Kind::LastSeen);
        alice.client().look(story.toBob); // nothing waits for the link
        world.pass(minutes(2));
        const int told = story.aliceTold;
        alice.goOnline();
        world.pass(minutes(3));
        QCOMPARE(story.aliceTold, told);
        alice.client().look(story.toBob);
        QVERIFY(world.until([&] { return story.aliceTold > told; }, minutes(1)));
        world.pass(seconds(5));
        QVERIFY(story.ofAlice().kind == Kind::Online);
        // Nor is it told of them when the other link breaks.
        bob.goOffline();
        bob.goOnline();
        QVERIFY(story.ofAlice().kind == Kind::LastSeen);
    }

    void underPressureItIsNotEvenSent() {
        Seen story;
        auto& [world, alice, bob] = static_cast<Talking&>(story);
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
        bob.says(alice, "hello");
        QVERIFY(world.until([&] { return alice.texts().size() == 3 && !isPressed; }));
        world.pass(seconds(1));
        alice.client().look(story.toBob);
        world.pass(minutes(5));
        QCOMPARE(story.aliceTold, 0);
    }

    /// Each is a step of the ratchet that has to be skipped when it is lost.
    void whoNeverAnswersIsNotToldForEver() {
        Seen story;
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        bob.goOffline();
        for (int i = 0; i < 100; ++i) {
            alice.client().look(story.toBob);
            world.pass(minutes(5));
        }
        QCOMPARE(story.aliceTold, Presence::kMostUnanswered);
        bob.goOnline();
        bob.says(alice, "here I am");
        bob.client().look(story.toAlice);
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        world.pass(minutes(5));
        alice.client().look(story.toBob);
        QVERIFY(world.until([&] { return story.ofBob().kind != Kind::Unknown; }, minutes(1)));
        QCOMPARE(bob.client().status().placeholders, 0);
    }

    // ---- Attacks ----

    void case41_strangersAndTheBlockedHearNothing() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()).has_value());
        alice.says("bob", "hello stranger");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        int told = 0;
        world.toRelay = [&](Person& person, const pb::Packet& packet) {
            for (const pb::Frame& frame : packet.frames()) {
                told += &person == &bob && frame.has_send() && frame.send().class_() == pb::EPHEMERAL;
            }
            return std::vector{packet};
        };
        QVERIFY(alice.client().setPresenceSharing(PresenceSharing::Exact));
        QVERIFY(bob.client().setPresenceSharing(PresenceSharing::Exact));
        const auto toBob = alice.client().conversations().front().key;
        const auto toAlice = bob.client().conversations().front().key;
        const auto look = [&] {
            for (int i = 0; i < 5; ++i) {
                alice.client().look(toBob);
                bob.client().look(toAlice); // whoever reads a request is there, and does not tell it
                world.pass(minutes(5));
            }
        };
        look();
        QCOMPARE(told, 0);
        QVERIFY(bob.client().presence(alice.address().account).kind == Kind::Unknown);
        // Once accepted, they hear; blocked, never again.
        QVERIFY(bob.client().accept(bob.contact("alice").key));
        bob.says(alice, "hello");
        look();
        QVERIFY(told > 0 && bob.client().presence(alice.address().account).kind != Kind::Unknown);
        QVERIFY(bob.client().block(bob.contact("alice").key));
        QVERIFY(bob.client().presence(alice.address().account).kind == Kind::Unknown);
        const int before = told;
        look();
        bob.client().away();
        world.pass(minutes(5));
        QCOMPARE(told, before);
        QVERIFY(bob.client().presence(alice.address().account).kind == Kind::Unknown);
    }

    /// A contact's program asks a thousand times a second, with whatever it says of itself.
    void case41_askingAgainAndAgainTellsNoMore() {
        for (const auto sharing : {PresenceSharing::Exact, PresenceSharing::Recently, PresenceSharing::Off}) {
            Seen story(PresenceSharing::Exact, sharing);
            auto& [world, alice, bob] = static_cast<Talking&>(story);
            bob.client().look(story.toAlice);
            world.pass(minutes(2));
            Forger forger(world, alice);
            const int before = story.bobTold;
            const auto events = bob.saw<PresenceChanged>().size();
            for (int second = 0; second < 60; ++second) {
                std::vector<pb::Row> rows;
                for (int i = 0; i < 20; ++i) { // as many as fit a test
                    rows.push_back(forged(
                        forger, bob,
                        says(i % 2 == 0 ? PresenceBody::State::Online : PresenceBody::State::LastSeen)));
                }
                world.inject(bob, rows);
                world.pass(seconds(1));
            }
            const int answers = story.bobTold - before;
            const int most = sharing == PresenceSharing::Exact ? 3 : sharing == PresenceSharing::Off ? 0 : 1;
            QVERIFY2(answers <= most, std::to_string(answers).c_str());
            // Nor is the window made to flicker.
            const auto shown = bob.saw<PresenceChanged>().size() - events;
            QVERIFY2(shown <= 16, std::to_string(shown).c_str());
            QCOMPARE(placeholdersOf(bob).size(), 0U);
        }
    }

    /// Who shares no more than "recently" is told no more, whatever their program claims or asks for.
    void case41_aClaimShowsNoMoreThanIsShared() {
        Seen story(PresenceSharing::Exact, PresenceSharing::Recently);
        auto& [world, alice, bob] = static_cast<Talking&>(story);
        Forger forger(world, alice);
        world.inject(bob, {forged(forger, bob, says(PresenceBody::State::Online))});
        QVERIFY(story.ofAlice() == (PresenceView{Kind::Recently, 0}));
        PresenceBody body = says(PresenceBody::State::LastSeen);
        body.agoSeconds = 60;
        world.inject(bob, {forged(forger, bob, body)});
        QVERIFY(story.ofAlice() == (PresenceView{Kind::Recently, 0}));
        // Beyond all bounds, in numbered contents, and held back in a mailbox: not taken.
        Seen other;
        Forger second(other.world, other.alice);
        body.agoSeconds = core::kMaxExpireSeconds + 1;
        other.world.inject(other.bob, {forged(second, other.bob, body)});
        pb::Row stored = forged(second, other.bob, says(PresenceBody::State::Online));
        stored.set_class_(pb::DURABLE);
        other.world.inject(other.bob, {stored});
        QVERIFY(other.ofAlice().kind == Kind::Unknown);
        core::Content numbered = second.text(other.bob, "", 70);
        numbered.body = says(PresenceBody::State::Online);
        other.world.inject(other.bob, {second.row(other.bob, numbered)});
        QVERIFY(other.ofAlice().kind == Kind::Unknown);
        QVERIFY(lastPlaceholderOf(other.bob) == core::PlaceholderCause::Mismatch);
    }
};

QTEST_GUILESS_MAIN(TestPresence)
#include "test_presence.moc"
