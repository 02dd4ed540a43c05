// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a history through a connection of one's own, while the client goes on writing.
#include "core/look_alikes.h"
#include "core/reader.h"
#include "core/text/name_shape.h"
#include "tests/core/talking.h"

#include <QTemporaryDir>

using namespace sotto;
using namespace sotto::core;
using test::Lines;

class TestReader : public QObject {
    Q_OBJECT

    static Lines textsOf(const MessagePage& page) {
        Lines texts;
        for (const Message& message : page.messages) {
            texts.push_back(message.text);
        }
        return texts;
    }
    static Lines found(Reader& reader, const std::string& typed) {
        SearchRequest request;
        request.text = typed;
        Lines texts;
        const SearchPage page = reader.search(request).value();
        for (const SearchHit& hit : page.hits) {
            texts.push_back(hit.message.text);
        }
        return texts;
    }
    static ConversationKey with(test::Person& person, const std::string& name) {
        return person.client().conversationWith(person.contact(name).key).value();
    }

private slots:
    void initTestCase() { initialiseSodium(); }

    void aReaderSeesWhatTheClientSees() {
        test::Talking talk;
        const auto reader = Reader::open(talk.bob.profile()).value();
        const auto conversation = with(talk.bob, "alice");
        talk.alice.says(talk.bob, "one more");
        QVERIFY(talk.world.until([&] { return talk.bob.texts().size() == 3; }));
        const auto mine = talk.bob.client().history(conversation, {}, PageDirection::Older, 10).value();
        const auto page = reader->history(conversation, {}, PageDirection::Older, 10).value();
        QCOMPARE(textsOf(page), (Lines{"from alice", "from bob", "one more"}));
        QCOMPARE(page.places, mine.places);
        QCOMPARE(reader->conversationPage({}, 10)->entries.front().preview, std::string("one more"));
        QCOMPARE(reader->conversation(conversation)->unread,
                 talk.bob.client().conversation(conversation)->unread);
        QCOMPARE(reader->unread(), talk.bob.client().status().unread);
        QVERIFY(reader->unread() > 0);
        QCOMPARE(reader->findContact("@alice")->account, talk.alice.address().account);
        QCOMPARE(reader->contact(talk.alice.address().account)->name, std::string("alice"));
        QVERIFY(!reader->contact(talk.bob.address().account));
        QCOMPARE(reader->message(mine.messages[1].id)->text, std::string("from bob"));
        QVERIFY(!reader->history(conversation, "nonsense", PageDirection::Older, 10));
    }
    void aReaderBeginsAtAPlace() {
        test::Talking talk;
        for (int i = 1; i <= 20; ++i) {
            talk.alice.says(talk.bob, std::to_string(i));
            QVERIFY(talk.world.until([&] { return talk.bob.texts().size() == 2U + std::size_t(i); }));
            talk.world.pass(std::chrono::minutes(1));
        }
        const auto conversation = with(talk.bob, "alice");
        const auto all = talk.bob.history("alice");
        QCOMPARE(all.size(), 22U);
        QVERIFY(talk.bob.client().markRead(conversation, all[11].key)); // "10"
        const auto reader = Reader::open(talk.bob.profile()).value();
        const auto at = [&](const HistoryPlace& place) {
            return reader->historyAround(conversation, place, 6).value();
        };
        using Kind = HistoryPlace::Kind;
        const auto unread = at({Kind::FirstUnread, {}, 0});
        QCOMPARE(textsOf(unread.page), (Lines{"8", "9", "10", "11", "12", "13"}));
        QCOMPARE(unread.at.value(), 3U);
        const auto message = at({Kind::Message, all[4].key, 0});
        QCOMPARE(textsOf(message.page), (Lines{"from bob", "1", "2", "3", "4", "5"}));
        QCOMPARE(message.page.messages[*message.at].key, all[4].key);
        const auto time = at({Kind::Time, {}, milliseconds(all[19].stamp)});
        QCOMPARE(time.page.messages[*time.at].key, all[19].key);
        QVERIFY(time.page.after.empty() && !time.page.before.empty());
        const auto beginning = at({Kind::Time, {}, 0});
        QCOMPARE(beginning.at.value(), 0U);
        QVERIFY(beginning.page.before.empty());
        for (const HistoryPlace& nowhere :
             {HistoryPlace{}, HistoryPlace{Kind::Message, MessageKey{999}, 0},
              HistoryPlace{Kind::Time, {}, milliseconds(all.back().stamp) + 1}}) {
            const auto end = at(nowhere);
            QVERIFY(!end.at);
            QCOMPARE(end.page.messages.back().key, all.back().key);
        }
        QVERIFY(talk.bob.client().markRead(conversation, all.back().key));
        QVERIFY(!at({Kind::FirstUnread, {}, 0}).at);
    }
    void aPageIsReadAgainAsItIsNow() {
        test::Talking talk;
        const auto conversation = with(talk.bob, "alice");
        talk.bob.goOffline();
        talk.bob.says(talk.alice, "waits");
        const auto reader = Reader::open(talk.bob.profile()).value();
        const auto page = reader->history(conversation, {}, PageDirection::Older, 2).value();
        QCOMPARE(textsOf(page), (Lines{"from bob", "waits"}));
        // It is sent, and takes another place; another one comes behind it.
        talk.bob.goOnline();
        talk.alice.says(talk.bob, "hello");
        QVERIFY(talk.world.until([&] { return talk.bob.texts().size() == 4; }));
        const auto toEnd = reader->historyBetween(conversation, page.places.front(), {}, 10).value();
        QCOMPARE(toEnd.messages.size(), 3U);
        QCOMPARE(toEnd.messages.front().text, std::string("from bob"));
        QVERIFY(toEnd.after.empty() && !toEnd.before.empty());
        const auto one = reader->historyBetween(conversation, toEnd.places[0], toEnd.places[1], 10).value();
        QCOMPARE(one.messages.size(), 2U);
        QCOMPARE(one.after, toEnd.places[1]);
        QCOMPARE(reader->history(conversation, one.after, PageDirection::Newer, 10)->messages.front().key,
                 toEnd.messages[2].key);
    }
    void wordsThatTheClientIndexesLaterAreFound() {
        test::Talking talk;
        const auto reader = Reader::open(talk.bob.profile()).value();
        talk.world.pass(std::chrono::seconds(5));
        QCOMPARE(found(*reader, "lice"), Lines{"from alice"}); // a part of a word: the words are loaded
        talk.alice.says(talk.bob, "the crocodile sleeps");
        QVERIFY(talk.world.until([&] { return talk.bob.texts().size() == 3; }));
        QCOMPARE(found(*reader, "crocodile"), Lines{"the crocodile sleeps"});
        talk.world.pass(std::chrono::seconds(5));
        SearchRequest request;
        request.text = "rocodil";
        QCOMPARE(reader->search(request)->unindexed, 0);
        QCOMPARE(found(*reader, "rocodil"), Lines{"the crocodile sleeps"});
        QCOMPARE(found(*reader, "corcodile"), Lines{"the crocodile sleeps"});
        const auto gone = talk.bob.history("alice").back();
        QVERIFY(talk.bob.client().deleteMessage(gone.id));
        QCOMPARE(found(*reader, "rocodil"), Lines());
    }
    /// Names at a relay are of few signs, yet enough of them look alike (case 65).
    void aNameThatLooksLikeAKnownOneIsNoticed() {
        for (const auto& [name, other] :
             std::initializer_list<std::pair<const char*, const char*>>{{"alice", "a1ice"},
                                                                        {"alice", "al.ice"},
                                                                        {"alice", "allice"},
                                                                        {"tom", "torn"},
                                                                        {"bob5", "b0bs"},
                                                                        {"wendy", "vvendy"},
                                                                        {"david", "clavid"},
                                                                        {"bob", "bob_"}}) {
            QCOMPARE(nameShape(name), nameShape(other));
        }
        for (const auto& [name, other] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"alice", "alicia"}, {"bob", "rob"}, {"tom", "tim"}, {"anna", "hanna"}}) {
            QVERIFY(nameShape(name) != nameShape(other));
        }
        test::Talking talk;
        test::Person& stranger = talk.world.person("a1ice");
        QVERIFY(stranger.client().addContact(talk.bob.client().contactLink().value()).has_value());
        stranger.says("bob", "it is me");
        QVERIFY(talk.world.until([&] { return talk.bob.texts().size() == 3; }));
        const auto reader = Reader::open(talk.bob.profile()).value();
        const LookAlikes known(reader->contacts());
        QCOMPARE(known.of("a1ice", stranger.address().account)->name, std::string("alice"));
        QCOMPARE(known.of("alice", stranger.address().account)->name, std::string("alice"));
        // The known one looks like nobody: strangers do not make others suspect.
        QVERIFY(!known.of("alice", talk.alice.address().account));
    }
    void withoutAnAccountThereIsNothingToRead() {
        QTemporaryDir home;
        SystemRandom random;
        const auto profile = Profile::create((home.path() + "/profile").toStdString(), {}, random).value();
        QCOMPARE(Reader::open(profile).error().code, FailureCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(TestReader)
#include "test_reader.moc"
