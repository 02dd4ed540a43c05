// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that disappear: when their time begins, that it ends whatever the clock says, and that nothing
// stays.
#include "core/types/timer_text.h"
#include "tests/core/talking.h"
#include "tests/support/found.h"
#include "tests/support/pages.h"
#include "tests/support/watched_statements.h"

using namespace sotto;
using namespace sotto::test;
using core::Content;
using core::ConversationKey;
using core::Message;
using core::MessageKind;
using core::TextBody;
using core::TimerBody;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Message lineOf(Person& person, const MessageId& id) {
    return person.client().message(id).value();
}
ConversationKey with(Person& person, const std::string& name) {
    return person.client().conversationWith(person.contact(name).key).value();
}
Message saysFor(Person& person, const std::string& to, const std::string& text, std::uint32_t seconds) {
    core::SendOptions options;
    options.expireSeconds = seconds;
    return person.client().sendText(with(person, to), text, options).value();
}
void reads(Person& person, const std::string& from) {
    const auto history = person.history(from);
    if (!person.client().markRead(history.back().conversation, history.back().key)) {
        throw std::runtime_error("not read");
    }
}
std::uint32_t agreed(Person& person, const std::string& with_) {
    return person.client().conversation(with(person, with_))->expireSeconds;
}
bool isGone(Person& person, const MessageId& id) {
    return lineOf(person, id).kind == MessageKind::Expired && lineOf(person, id).text.empty();
}
/// Lines that a person sees.
std::size_t lines(Person& person, const std::string& with_) {
    return person.history(with_).size();
}

} // namespace

class TestExpiry : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        initialiseSodium();
        WatchedStatements::install();
    }

    void itGoesSomeTimeAfterItWasRead() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = saysFor(alice, "bob", "zqvanishing words", 3600);
        QCOMPARE(message.expireSeconds, 3600U);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        const auto answer = bob.client().sendText(with(bob, "alice"), "zqanswer", {{}, message.id, {}});
        QVERIFY(answer.has_value());
        QVERIFY(bob.client().setDraft(with(bob, "alice"), "", message.id));
        QVERIFY(alice.client().editMessage(message.id, "zqmended words").has_value());
        QVERIFY(bob.client().react(message.id, "+").has_value());
        QVERIFY(
            world.until([&] { return lineOf(bob, message.id).revision == 1 && alice.texts().size() == 4; }));
        world.pass(seconds(10));
        QVERIFY(lineOf(alice, message.id).expiresAt != 0); // from when the relay had it
        QCOMPARE(lineOf(bob, message.id).expiresAt, 0);    // not read yet
        world.pass(minutes(30));
        reads(bob, "alice");
        QVERIFY(lineOf(bob, message.id).expiresAt != 0);
        QCOMPARE(found(bob, "zqmended"), 1U);
        world.pass(minutes(29));
        QCOMPARE(lineOf(alice, message.id).text, std::string("zqmended words"));
        world.pass(minutes(2));
        QVERIFY(isGone(alice, message.id));
        QCOMPARE(lineOf(bob, message.id).text, std::string("zqmended words")); // he read it later
        world.pass(minutes(30));
        for (Person* person : {&alice, &bob}) {
            QVERIFY(isGone(*person, message.id));
            QCOMPARE(person->texts().size(), 3U);
            QCOMPARE(found(*person, "zqmended"), 0U);
            QVERIFY(lineOf(*person, answer->id).quote->text.empty());
            QVERIFY(!person->saw<core::MessageRemoved>().empty());
            const std::string trace = foundIn(Pages(person->directory()), {"zqvanishing", "zqmended"});
            QVERIFY2(trace.empty(), (person->name() + " still has " + trace).c_str());
            QVERIFY(person->profile().database().check().empty());
        }
        QVERIFY(!bob.client().draft(with(bob, "alice")));
        QCOMPARE(lines(bob, "alice"), 3U); // and no line says that there was something
        QVERIFY(!bob.client().react(message.id, "-"));
        QVERIFY(!alice.client().editMessage(message.id, "again"));
    }

    /// A repair stands where the message belongs: above what was read meanwhile.
    void whatComesLateToAPlaceThatWasReadGoesToo() {
        Talking story;
        auto& [world, alice, bob] = story;
        int changed = 0;
        world.toClient = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &bob && frame.has_deliver()) {
                for (auto& row : *frame.mutable_deliver()->mutable_rows()) {
                    if (row.class_() == pb::DURABLE && changed++ == 0) {
                        row.mutable_header()->at(200) ^= 1; // it cannot be read
                    }
                }
            }
        });
        bool isDeaf = true; // Bob's questions do not arrive yet
        world.toRelay = [&](Person& person, const pb::Packet& packet) {
            return &person == &bob && isDeaf ? std::vector<pb::Packet>() : std::vector{packet};
        };
        const auto late = saysFor(alice, "bob", "late and short", 3600);
        alice.says(bob, "read already");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        isDeaf = false;
        bob.crash();
        QVERIFY(world.until([&] { return bob.texts().size() == 4; }, minutes(20)));
        QCOMPARE(lineOf(bob, late.id).text, std::string("late and short"));
        QVERIFY(lineOf(bob, late.id).expiresAt != 0);
        world.pass(minutes(61));
        QVERIFY(isGone(bob, late.id));
    }

    void whatIsSentAgainKeepsItsTime() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        const auto failed = saysFor(alice, "bob", "short", 3600);
        alice.profile().database().run("UPDATE message SET state = 6 WHERE message_id = ?", failed.id);
        const auto sent = alice.client().sendAgain(failed.id);
        QVERIFY(sent.has_value());
        QCOMPARE(sent->expireSeconds, 3600U);
        QVERIFY(!alice.client().sendAgain(sent->id)); // it did not fail
    }

    void bothAgreeHowLongMessagesStay() {
        Talking story;
        auto& [world, alice, bob] = story;
        QVERIFY(alice.client().setTimer(with(alice, "bob"), 86'400).has_value());
        QVERIFY(world.until([&] { return agreed(bob, "alice") == 86'400; }));
        QCOMPARE(agreed(alice, "bob"), 86'400U);
        const auto heard = bob.history("alice").back();
        QVERIFY(heard.kind == MessageKind::Notice && heard.timer == 86'400U);
        QCOMPARE(heard.detail, std::string("@alice set messages to disappear 1 day after they are read."));
        QVERIFY(alice.history("bob").back().detail.starts_with("You set"));
        const auto message = bob.says(alice, "under the agreement");
        QCOMPARE(message.expireSeconds, 86'400U);
        QVERIFY(world.until([&] { return alice.texts().size() == 3; }));
        QCOMPARE(lineOf(alice, message.id).expireSeconds, 86'400U);
        QCOMPARE(saysFor(bob, "alice", "this one stays", 0).expireSeconds, 0U);
        // What is so already is not said again; what is too long is not said at all.
        const auto before = lines(bob, "alice");
        QVERIFY(bob.client().setTimer(with(bob, "alice"), 86'400).has_value());
        QCOMPARE(lines(bob, "alice"), before);
        QCOMPARE(bob.client().setTimer(with(bob, "alice"), core::kMaxExpireSeconds + 1).error().code,
                 core::FailureCode::Invalid);
        bob.crash();
        QCOMPARE(agreed(bob, "alice"), 86'400U);
        QVERIFY(bob.client().setTimer(with(bob, "alice"), 0).has_value());
        QVERIFY(world.until([&] { return agreed(alice, "bob") == 0; }));
        QVERIFY(alice.history("bob").back().detail.find("off") != std::string::npos);
    }

    /// Both change it at once: the same on both sides, and what one sees the other sees.
    void ofTwoChangesAtOnceOneCounts() {
        Talking story;
        auto& [world, alice, bob] = story;
        for (int round = 0; round < 4; ++round) {
            alice.goOffline();
            bob.goOffline();
            QVERIFY(alice.client().setTimer(with(alice, "bob"), static_cast<std::uint32_t>(100 + round)));
            QVERIFY(bob.client().setTimer(with(bob, "alice"), static_cast<std::uint32_t>(200 + round)));
            alice.goOnline();
            bob.goOnline();
            world.pass(minutes(2));
            QCOMPARE(agreed(alice, "bob"), agreed(bob, "alice"));
        }
        QCOMPARE(alice.client().status().gaps + bob.client().status().gaps, 0);
    }

    void whatFallsDueWhileClosedIsGoneAtTheNextOpening() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto message = saysFor(alice, "bob", "zqclosed words", 60);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        bob.whileClosed([&](const auto&) { world.pass(minutes(5)); });
        QVERIFY(isGone(bob, message.id));
        QCOMPARE(foundIn(Pages(bob.directory()), {"zqclosed"}), std::string());
        QVERIFY(isGone(alice, message.id));
        alice.crash();
        QVERIFY(isGone(alice, message.id));
    }

    /// Whoever sets the clock back does not keep it; whoever sets it forward loses it early.
    void itsTimeEndsWhateverTheClockSays() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto first = saysFor(alice, "bob", "first", 600);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        bob.clock().setError(-hours(24 * 400));
        world.pass(minutes(9));
        QVERIFY(!isGone(bob, first.id));
        world.pass(minutes(2));
        QVERIFY(isGone(bob, first.id));
        // Closed meanwhile, it begins again at most.
        bob.clock().setError({});
        const auto second = saysFor(alice, "bob", "second", 600);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        bob.whileClosed([&](const auto&) { bob.clock().setError(-hours(24 * 400)); });
        QVERIFY(!isGone(bob, second.id));
        world.pass(minutes(11));
        QVERIFY(isGone(bob, second.id));
        bob.whileClosed([&](const auto&) { bob.clock().setError({}); });
        const auto third = saysFor(alice, "bob", "third", 600);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        bob.whileClosed([&](const auto&) { bob.clock().setError(hours(1)); });
        QVERIFY(isGone(bob, third.id));
    }

    /// What nobody has sent does not go before anybody could read it.
    void whatIsNotSentWaits() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        const auto message = saysFor(alice, "bob", "waiting", 5);
        world.pass(minutes(10));
        QCOMPARE(lineOf(alice, message.id).text, std::string("waiting"));
        alice.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.pass(minutes(1));
        QVERIFY(isGone(alice, message.id));
        QCOMPARE(lineOf(bob, message.id).text, std::string("waiting")); // as long as he has not read it
    }

    void whatIsGoneDoesNotComeBack() {
        Talking story;
        auto& [world, alice, bob] = story;
        std::vector<pb::Row> rows;
        world.toClient = catchRows(bob, rows, true);
        const auto message = saysFor(alice, "bob", "once only", 10);
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        world.toClient = nullptr;
        reads(bob, "alice");
        world.pass(minutes(1));
        QVERIFY(isGone(bob, message.id));
        const auto before = lines(bob, "alice");
        Forger forger(world, alice);
        Content again = forger.text(bob, "once only", 50);
        again.message = message.id;
        world.inject(bob, {unnumbered(forger.row(bob, again))});
        for (const pb::Row& row : rows) {
            world.inject(bob, {unnumbered(row)});
        }
        QCOMPARE(lines(bob, "alice"), before);
        QVERIFY(isGone(bob, message.id));
        QCOMPARE(bob.client().status().unread, 0);
    }

    // ---- Hostile contacts ----

    void timesOutOfRangeAreQuarantined() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        std::uint64_t seq = 100;
        const auto send = [&](const Content& content, const std::function<void(std::string&)>& change = {}) {
            const Bytes encoded = core::encodeContent(content);
            std::string bytes(encoded.begin(), encoded.end());
            if (change) {
                change(bytes);
            }
            world.inject(bob,
                         {unnumbered(forger.row(bob, Bytes(bytes.begin(), bytes.end()), content.message))});
        };
        const auto varint = [](std::uint64_t value) {
            std::string bytes;
            for (; value > 127; value >>= 7U) {
                bytes += static_cast<char>(0x80U | (value & 0x7FU));
            }
            return bytes + static_cast<char>(value);
        };
        // Field 29 with field 1 (seconds) and 2 (revision), field 20 with 1 (text) and 3 (expire).
        const auto timer = [&](std::uint64_t secondsOf, std::uint64_t revision) {
            Content content = forger.text(bob, "", ++seq);
            content.body = core::UnknownBody{};
            const std::string body = "\x08" + varint(secondsOf) + "\x10" + varint(revision);
            send(content, [&](std::string& bytes) { bytes += "\xEA\x01" + varint(body.size()) + body; });
        };
        const auto text = [&](std::uint64_t expire) {
            Content content = forger.text(bob, "", ++seq);
            content.body = core::UnknownBody{};
            const std::string body = std::string("\x0A\x02hi\x18") + varint(expire);
            send(content, [&](std::string& bytes) { bytes += "\xA2\x01" + varint(body.size()) + body; });
        };
        constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};
        for (const std::uint64_t bad : {std::uint64_t{core::kMaxExpireSeconds} + 1, std::uint64_t{1} << 32U,
                                        std::uint64_t{1} << 63U, kMinusOne}) {
            timer(bad, 1);
            text(bad);
        }
        timer(60, 0);
        timer(60, std::uint64_t{1} << 63U);
        QCOMPARE(bob.client().status().placeholdersByCause[core::PlaceholderCause::Mismatch], 10);
        QCOMPARE(agreed(bob, "alice"), 0U);
        // Nobody takes the last word for ever.
        timer(60, 5'000);
        QCOMPARE(agreed(bob, "alice"), 0U);
        text(0);
        QCOMPARE(lineOf(bob, bob.history("alice").back().id).expireSeconds, 0U);
        timer(60, 900);
        QCOMPARE(agreed(bob, "alice"), 60U);
        QVERIFY(bob.client().setTimer(with(bob, "alice"), 0));
        timer(60, 900);
        QCOMPARE(agreed(bob, "alice"), 0U);
        // Without a number it is nothing.
        Content loose = forger.text(bob, "", 0);
        loose.body = TimerBody{60, 1'000};
        send(loose);
        QCOMPARE(agreed(bob, "alice"), 0U);
        QCOMPARE(bob.client().status().placeholdersByCause[core::PlaceholderCause::Mismatch], 11);
    }

    void aFloodOfChangesIsOneLine() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        for (std::uint32_t i = 1; i <= 200; ++i) {
            Content content = forger.text(bob, "", 100 + i);
            content.body = TimerBody{i % 7 * 60, i};
            world.inject(bob, {unnumbered(forger.row(bob, content))});
        }
        QCOMPARE(agreed(bob, "alice"), 200U % 7 * 60);
        const auto history = bob.history("alice");
        QCOMPARE(std::ranges::count_if(history, [](const Message& line) { return line.timer.has_value(); }),
                 1);
        QVERIFY(bob.profile().database().check().empty());
        QVERIFY(bob.client().conversation(with(bob, "alice"))->unread <= 3);
    }

    void whatTheBlockedSayOfItIsNotHeard() {
        Talking story;
        auto& [world, alice, bob] = story;
        QVERIFY(bob.client().block(bob.contact("alice").key));
        QVERIFY(alice.client().setTimer(with(alice, "bob"), 60));
        world.pass(minutes(1));
        QCOMPARE(agreed(bob, "alice"), 0U);
        QCOMPARE(bob.client().setTimer(with(bob, "alice"), 60).error().code, core::FailureCode::Refused);
    }

    // ---- What it costs ----

    void noTableIsWalkedThrough() {
        Talking story;
        auto& [world, alice, bob] = story;
        WatchedStatements watched;
        QVERIFY(alice.client().setTimer(with(alice, "bob"), 60));
        const auto message = alice.says(bob, "one two three");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        reads(bob, "alice");
        world.pass(minutes(2));
        QVERIFY(isGone(alice, message.id) && isGone(bob, message.id));
        static_cast<void>(bob.client().conversations());
        bob.crash(); // opening looks at what is not read yet, and at nothing else
        watched.stop();
        watched.forget([](const std::string& sql) {
            const auto has = [&](const char* part) { return sql.find(part) != std::string::npos; };
            return !has("expiry") && !has("timer") && !has("kind <> 6");
        });
        QVERIFY(watched.texts().size() > 15);
        const std::string costly = costlyStep(bob.profile().database(), watched, {"expiry_not_begun"});
        QVERIFY2(costly.empty(), costly.c_str());
    }

    void aTimeIsSaidInItsLargestUnit() {
        QCOMPARE(core::lifetimeText(90), std::string("90 s"));
        QCOMPARE(core::lifetimeText(300), std::string("5 min"));
        QCOMPARE(core::lifetimeText(7'200), std::string("2 h"));
        QCOMPARE(core::lifetimeText(86'400), std::string("1 day"));
        QCOMPARE(core::lifetimeText(core::kMaxExpireSeconds), std::string("366 days"));
    }
};

QTEST_GUILESS_MAIN(TestExpiry)
#include "test_expiry.moc"
