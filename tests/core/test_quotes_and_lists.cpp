// SPDX-License-Identifier: GPL-3.0-or-later
// What messages answer, and how the list of conversations is kept.
#include "tests/core/talking.h"
#include "tests/support/pages.h"

using namespace sotto;
using namespace sotto::test;
using core::Content;
using core::DeletionBody;
using core::ListPart;
using core::Message;
using core::MessageKind;
using core::MessageName;
using core::Quote;
using core::QuoteState;
using core::TextBody;
using std::chrono::minutes;

namespace {

MessageName nameOf(const Message& message) {
    return {{message.sender, message.senderDevice}, message.id};
}
Message lineOf(Person& person, const MessageId& id) {
    return person.client().message(id).value();
}
core::Result<Message> answers(Person& person, const Message& original, const std::string& text) {
    core::SendOptions options;
    options.reply = original.id;
    const auto here = person.client().message(original.id);
    return person.client().sendText(here ? here->conversation : original.conversation, text, options);
}
Lines titles(Person& person, ListPart part = ListPart::Main) {
    Lines titles;
    std::string cursor;
    do { // one by one: every boundary is a cursor
        const auto page = person.client().conversationPage(cursor, 1, part).value();
        for (const auto& entry : page.entries) {
            titles.push_back(entry.title);
        }
        cursor = page.next;
    } while (!cursor.empty());
    return titles;
}
core::ConversationKey with(Person& person, const std::string& name) {
    return person.client().conversationWith(person.contact(name).key).value();
}

} // namespace

class TestQuotesAndLists : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    // ---- Quotes ----

    void anAnswerShowsWhatItAnswers() {
        Talking story;
        auto& [world, alice, bob] = story;
        // Four bytes each: the copy ends between two of them.
        std::string longText = "see";
        while (longText.size() < 400) {
            longText += "\xF0\x9F\x90\xA2";
        }
        const auto original = alice.says(bob, longText);
        QVERIFY(world.until([&] { return bob.client().message(original.id).has_value(); }));
        const auto answer = answers(bob, original, "yes");
        QVERIFY(answer && answer->quote && answer->quote->state == QuoteState::Verified);
        QVERIFY(world.until([&] { return alice.client().message(answer->id).has_value(); }));
        for (Person* person : {&alice, &bob}) {
            const auto quote = lineOf(*person, answer->id).quote;
            QVERIFY(quote && quote->target == nameOf(original) && quote->state == QuoteState::Verified);
            QCOMPARE(quote->text, longText.substr(0, 279));
            QVERIFY(person->history(person == &alice ? "bob" : "alice").back().quote == quote);
        }
        // What it said once was said.
        QVERIFY(alice.client().editMessage(original.id, "something else"));
        QVERIFY(world.until([&] { return lineOf(bob, original.id).revision == 1; }));
        QVERIFY(lineOf(bob, answer->id).quote->state == QuoteState::Verified);
        const auto second = answers(alice, original, "mine");
        QVERIFY(world.until([&] { return bob.client().message(second->id).has_value(); }));
        QVERIFY(lineOf(bob, second->id).quote->text == "something else" &&
                lineOf(bob, second->id).quote->state == QuoteState::Verified);
        QVERIFY(!lineOf(bob, original.id).quote);
    }

    void whatWasNeverSaidIsNotVerified() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        carol.knows(bob);
        const auto toCarol = bob.says(carol, "between us");
        const auto original = bob.says(alice, "I never liked it");
        QVERIFY(world.until([&] { return carol.texts().size() == 1 && alice.texts().size() == 3; }));
        Forger forger(world, alice);
        std::uint64_t seq = 100;
        const auto answer = [&](const Quote& quote) {
            Content content = forger.text(bob, "", ++seq);
            content.body = TextBody{"look", quote};
            world.inject(bob, {forger.row(bob, content)});
            return content.message;
        };
        const auto stateOf = [&](const MessageId& id) { return lineOf(bob, id).quote->state; };
        QVERIFY(stateOf(answer({nameOf(original), "I never liked it"})) == QuoteState::Verified);
        for (const char* words : {"I never liked", "I liked it", "I never liked it.", ""}) {
            QVERIFY(stateOf(answer({nameOf(original), words})) == QuoteState::Altered);
        }
        // Of another conversation, or of nowhere.
        QVERIFY(stateOf(answer({nameOf(toCarol), "between us"})) == QuoteState::Missing);
        MessageName other = nameOf(original);
        other.sender.account = carol.address().account;
        QVERIFY(stateOf(answer({other, "I never liked it"})) == QuoteState::Missing);
        // Until it comes.
        Content late = forger.text(bob, "later", ++seq);
        const auto early = answer({{late.sender, late.message}, "later"});
        QVERIFY(stateOf(early) == QuoteState::Missing);
        world.inject(bob, {forger.row(bob, late)});
        QVERIFY(stateOf(early) == QuoteState::Verified);
        // Malformed: put aside.
        const auto before = placeholdersOf(bob).size();
        Content content = forger.text(bob, "", ++seq);
        content.body = TextBody{"look", Quote{nameOf(original), std::string(513, 'x')}};
        world.inject(bob, {forger.row(bob, content)});
        content = forger.text(bob, "", ++seq);
        content.body = TextBody{"look", Quote{nameOf(original), "\xFF"}};
        world.inject(bob, {forger.row(bob, content)});
        content = forger.text(bob, "", ++seq);
        content.body = TextBody{"look", Quote{{original.sender, DeviceNumber{1}, {}}, "x"}};
        world.inject(bob, {forger.row(bob, content)});
        QCOMPARE(placeholdersOf(bob).size(), before + 3);
        QVERIFY(lastPlaceholderOf(bob) == core::PlaceholderCause::Mismatch);
    }

    void withTheOriginalItsCopiesGo() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto original = alice.says(bob, "zqoriginalx");
        QVERIFY(world.until([&] { return bob.client().message(original.id).has_value(); }));
        const auto first = answers(bob, original, "an answer");
        const auto second = answers(alice, original, "an afterthought");
        QVERIFY(world.until([&] {
            return alice.client().message(first->id).has_value() &&
                   bob.client().message(second->id).has_value();
        }));
        world.pass(minutes(1));
        QVERIFY(alice.client().deleteForEveryone(original.id));
        QVERIFY(world.until([&] { return lineOf(bob, original.id).kind == MessageKind::Deleted; }));
        world.pass(minutes(1));
        for (Person* person : {&alice, &bob}) {
            QCOMPARE(foundIn(Pages(person->directory()), {"zqoriginalx"}), std::string());
            for (const MessageId& id : {first->id, second->id}) {
                const auto line = lineOf(*person, id);
                QVERIFY(line.quote->state == QuoteState::Deleted && line.quote->text.empty());
                QVERIFY(line.kind == MessageKind::Text && !line.text.empty());
            }
        }
        // In whatever order it comes.
        Forger forger(world, alice);
        const Content text = forger.text(bob, "zqearlyx", 200);
        Content answer = forger.text(bob, "", 201);
        answer.body = TextBody{"look", Quote{{text.sender, text.message}, "zqearlyx"}};
        Content deletion = forger.text(bob, "", 202);
        deletion.body = DeletionBody{{text.sender, text.message}};
        world.inject(bob, {forger.row(bob, answer)});
        world.inject(bob, {forger.row(bob, deletion)});
        world.inject(bob, {forger.row(bob, text)});
        QVERIFY(lineOf(bob, answer.message).quote->state == QuoteState::Deleted);
        Content late = forger.text(bob, "", 203);
        late.body = answer.body;
        world.inject(bob, {forger.row(bob, late)});
        QVERIFY(lineOf(bob, late.message).quote->text.empty());
        QCOMPARE(foundIn(Pages(bob.directory()), {"zqearlyx"}), std::string());
        // Whoever deletes an answer deletes what it quotes with it.
        const auto again = bob.says(alice, "zqquotedx");
        QVERIFY(world.until([&] { return alice.client().message(again.id).has_value(); }));
        const auto answered = answers(alice, again, "hm");
        QVERIFY(alice.client().deleteMessage(again.id));
        QVERIFY(alice.client().deleteMessage(answered->id));
        QVERIFY(!lineOf(alice, answered->id).quote);
        world.pass(minutes(1));
        QCOMPARE(foundIn(Pages(alice.directory()), {"zqquotedx"}), std::string());
    }

    void whatCannotBeAnsweredIsRefused() {
        Talking story;
        auto& [world, alice, bob] = story;
        Person& carol = world.person("carol");
        carol.knows(bob);
        const auto toCarol = bob.says(carol, "hello carol");
        const auto toAlice = bob.says(alice, "hello alice");
        QVERIFY(world.until([&] { return bob.stateOf(toAlice) >= core::MessageState::Sent; }));
        core::SendOptions options;
        options.reply = toCarol.id;
        const auto refused = bob.client().sendText(toAlice.conversation, "no", options);
        QVERIFY(!refused && refused.error().text.find("another conversation") != std::string::npos);
        QVERIFY(bob.client().deleteMessage(toAlice.id));
        QCOMPARE(answers(bob, toAlice, "no").error().code, core::FailureCode::Invalid);
        options.reply = world.random.next<MessageId>();
        QCOMPARE(bob.client().sendText(toAlice.conversation, "no", options).error().code,
                 core::FailureCode::NotFound);
        bob.goOffline();
        const auto waiting = bob.says(alice, "on its way");
        QCOMPARE(answers(bob, waiting, "no").error().code, core::FailureCode::Invalid);
    }

    // ---- The list ----

    void pinnedOnesStandAboveAndTheArchiveApart() {
        World world;
        Person& alice = world.person("alice");
        for (const char* name : {"bob", "carol", "dave", "erin"}) {
            alice.knows(world.person(name));
            alice.says(name, "hello " + std::string(name));
            world.pass(std::chrono::seconds(5));
        }
        QCOMPARE(titles(alice), (Lines{"erin", "dave", "carol", "bob"}));
        QVERIFY(alice.client().setPinned(with(alice, "carol"), true)->isPinned);
        QVERIFY(alice.client().setPinned(with(alice, "bob"), true));
        QVERIFY(alice.client().setArchived(with(alice, "dave"), true)->isArchived);
        QCOMPARE(titles(alice), (Lines{"carol", "bob", "erin"}));
        QCOMPARE(titles(alice, ListPart::Archive), Lines{"dave"});
        QCOMPARE(alice.client().conversations().size(), 4U);
        QVERIFY(!alice.saw<core::ConversationChanged>().empty());
        alice.crash();
        QCOMPARE(titles(alice), (Lines{"carol", "bob", "erin"}));
        QVERIFY(alice.client().setPinned(with(alice, "carol"), false));
        QCOMPARE(titles(alice), (Lines{"bob", "erin", "carol"}));
        QCOMPARE(alice.client().setPinned(core::ConversationKey{99}, true).error().code,
                 core::FailureCode::NotFound);
        QVERIFY(!alice.client().conversationPage("12.3", 10));
    }

    /// Strangers and the blocked have places of their own, and nothing of them counts or is found elsewhere.
    void strangersWaitInAPlaceOfTheirOwn() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        alice.knows(bob);
        bob.says(alice, "hello from bob");
        QVERIFY(mallory.client().addContact(alice.client().contactLink().value()).has_value());
        mallory.says("alice", "zqrequest from mallory");
        QVERIFY(world.until([&] { return alice.texts().size() == 2; }));
        const auto request = alice.client().conversationPage({}, 10, ListPart::Requests)->entries.front();
        const auto isIn = [&](ListPart part) {
            return titles(alice, part) == Lines{"mallory"} &&
                   alice.client().conversation(request.key)->key == request.key;
        };
        const auto found = [&](const std::string& typed) {
            core::SearchRequest search;
            search.text = typed;
            const auto page = alice.client().search(search).value();
            return page.hits.size();
        };
        QCOMPARE(request.preview, std::string("zqrequest from mallory"));
        QVERIFY(request.standing == core::Standing::Request && request.unread == 1);
        QCOMPARE(titles(alice), Lines{"bob"});
        QVERIFY(isIn(ListPart::Requests) && titles(alice, ListPart::Blocked).empty());
        QCOMPARE(alice.client().status().unread, 1);
        QCOMPARE(alice.client().status().requests, 1);
        const auto events = alice.saw<core::MessageAdded>();
        QVERIFY(std::ranges::any_of(events, [](const auto& added) {
            return added.message.isRequest && added.message.senderName == "mallory";
        }));
        QVERIFY(std::ranges::none_of(events, [](const auto& added) {
            return added.message.isRequest && added.message.senderName == "bob";
        }));
        QVERIFY(
            lineOf(
                alice,
                alice.client().history(request.key, {}, core::PageDirection::Older, 1)->messages.front().id)
                .isRequest);
        QCOMPARE(found("zqrequest"), 0U);
        QCOMPARE(found("zqrequest in:mallory"), 1U);
        QCOMPARE(found("zqrequest from:mallory"), 1U);
        QCOMPARE(found("is:unread"), 1U);
        QCOMPARE(alice.client().setArchived(request.key, true).error().code, core::FailureCode::Invalid);
        alice.crash();
        QVERIFY(isIn(ListPart::Requests));

        // Accepted, it stands among the others; blocked, apart; accepted again, back.
        const core::ContactKey contact = alice.contact("mallory").key;
        alice.client().accept(contact).value();
        const auto told = alice.saw<core::ConversationChanged>();
        QVERIFY(std::ranges::any_of(told, [&](const core::ConversationChanged& changed) {
            return changed.conversation == request.key;
        }));
        QVERIFY(titles(alice, ListPart::Requests).empty());
        QCOMPARE(titles(alice).size(), 2U);
        QCOMPARE(alice.client().status().unread, 2);
        QCOMPARE(found("zqrequest"), 1U);
        QVERIFY(alice.client().setArchived(request.key, true));
        alice.client().block(contact).value();
        QVERIFY(isIn(ListPart::Blocked));
        QVERIFY(titles(alice, ListPart::Archive).empty() && titles(alice, ListPart::Requests).empty());
        QCOMPARE(alice.client().status().unread, 1);
        QCOMPARE(found("zqrequest"), 0U);
        alice.client().accept(contact).value();
        QCOMPARE(titles(alice).size(), 2U);
    }

    void writingToAStrangerAcceptsThem() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()).has_value());
        alice.says("bob", "hello stranger");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        QCOMPARE(titles(bob, ListPart::Requests), Lines{"alice"});
        const auto conversation = with(bob, "alice");
        QVERIFY(bob.client().markRead(conversation, bob.client().newestKey())); // looked at, and not told
        const auto answer = bob.says("alice", "who is it?");
        QVERIFY(titles(bob, ListPart::Requests).empty() && titles(bob) == Lines{"alice"});
        const auto contacts = bob.saw<core::ContactChanged>();
        QVERIFY(!contacts.empty() && contacts.back().contact.accepted);
        QVERIFY(!bob.saw<core::ConversationChanged>().empty());
        QVERIFY(world.until([&] { return bob.stateOf(answer) == core::MessageState::Delivered; }));
    }

    /// Something new brings it back, unless it is muted.
    void whatIsArchivedComesBack() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto conversation = with(alice, "bob");
        QVERIFY(alice.client().setArchived(conversation, true));
        const auto news = bob.says(alice, "news");
        QVERIFY(world.until([&] { return alice.client().message(news.id).has_value(); }));
        QVERIFY(!alice.client().conversation(conversation)->isArchived);
        QVERIFY(alice.client().setArchived(conversation, true));
        QCOMPARE(alice.client().setMutedUntil(conversation, core::kMutedForEver)->mutedUntil,
                 core::kMutedForEver);
        const auto more = bob.says(alice, "more");
        QVERIFY(world.until([&] { return alice.client().message(more.id).has_value(); }));
        QVERIFY(alice.client().conversation(conversation)->isArchived);
        QCOMPARE(alice.client().setMutedUntil(conversation, -5)->mutedUntil, 0);
        alice.says(bob, "so what");
        QVERIFY(!alice.client().conversation(conversation)->isArchived);
    }

    void draftsStayAndGoWithoutATrace() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto original = bob.says(alice, "well?");
        QVERIFY(world.until([&] { return alice.client().message(original.id).has_value(); }));
        const auto conversation = with(alice, "bob");
        QVERIFY(!alice.client().draft(conversation));
        QCOMPARE(alice.client().setDraft(conversation, "zqfirstlines", original.id)->draft,
                 std::string("zqfirstlines"));
        alice.crash();
        const auto kept = alice.client().draft(conversation);
        QVERIFY(kept && kept->text == "zqfirstlines" && kept->at > 0);
        QVERIFY(kept->reply == lineOf(alice, original.id).key);
        QVERIFY(Pages(alice.directory()).contain("zqfirstlines"));
        QVERIFY(alice.client().setDraft(conversation, "zqlaterdraft"));
        QVERIFY(!alice.client().draft(conversation)->reply);
        const std::string trace = foundIn(Pages(alice.directory()), {"zqfirstlines"});
        QVERIFY2(trace.empty(), trace.c_str());
        QVERIFY(alice.client().setDraft(conversation, "")->draft.empty());
        QVERIFY(!alice.client().draft(conversation));
        QCOMPARE(foundIn(Pages(alice.directory()), {"zqlaterdraft"}), std::string());
        QVERIFY(alice.client().setDraft(conversation, "")->draft.empty());
        QCOMPARE(alice.client().setDraft(conversation, std::string(65'537, 'x')).error().code,
                 core::FailureCode::Invalid);
        QCOMPARE(alice.client().setDraft(conversation, "\xFF").error().code, core::FailureCode::Invalid);
        QCOMPARE(bob.texts().size(), 3U); // nothing of it went anywhere
    }
};

QTEST_GUILESS_MAIN(TestQuotesAndLists)
#include "test_quotes_and_lists.moc"
