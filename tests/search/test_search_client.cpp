// SPDX-License-Identifier: GPL-3.0-or-later
// Searching as a client does it: names, operators, what comes while one searches, what is missing.
#include "tests/support/world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;

class TestSearchClient : public QObject {
    Q_OBJECT

    static Result<SearchPage> search(test::Person& person, const std::string& typed) {
        SearchRequest request;
        request.text = typed;
        return person.client().search(request);
    }
    static std::vector<std::string> found(test::Person& person, const std::string& typed) {
        std::vector<std::string> texts;
        const auto page = search(person, typed);
        if (!page) {
            return {page.error().text};
        }
        for (const SearchHit& hit : page->hits) {
            texts.push_back(hit.message.text);
        }
        return texts;
    }
    using Lines = std::vector<std::string>;

private slots:
    void initTestCase() { initialiseSodium(); }

    void messagesAreFoundAsSoonAsTheyAreStored() {
        test::World world;
        auto& alice = world.person("alice");
        auto& bob = world.person("bob");
        auto& carol = world.person("carol");
        alice.knows(bob);
        carol.knows(bob);
        alice.says(bob, "Shall we meet in Zürich?");
        alice.says(bob, "see https://example.org/zurich-map");
        carol.says(bob, "Zurich is far");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        bob.says(alice, "zürich it is");
        // Before anything is indexed, and after.
        for (int round = 0; round < 2; ++round) {
            QCOMPARE(found(bob, "zurich"),
                     (Lines{"zürich it is", "Zurich is far", "see https://example.org/zurich-map",
                            "Shall we meet in Zürich?"}));
            QCOMPARE(found(bob, "zurich from:me"), (Lines{"zürich it is"}));
            QCOMPARE(found(bob, "urich -from:me in:@carol"), (Lines{"Zurich is far"}));
            QCOMPARE(found(bob, "from:alice has:link"), (Lines{"see https://example.org/zurich-map"}));
            QCOMPARE(found(bob, "is:unread -has:link from:alice"), (Lines{"Shall we meet in Zürich?"}));
            QCOMPARE(found(bob, "\"meet in z\""), (Lines{"Shall we meet in Zürich?"}));
            QCOMPARE(found(bob, "zurihc").size(), 4U);
            QVERIFY(search(bob, "zurihc")->hits[0].approximate);
            const auto page = search(bob, "zurich");
            QVERIFY(page->complete && page->next.empty() && page->holes.empty());
            QCOMPARE(page->unindexed, round == 0 ? 4 : 0);
            world.pass(std::chrono::seconds(5));
        }
        // What is read is no more unread; what comes is found.
        const auto line = bob.history("alice").back();
        QVERIFY(bob.client().markRead(line.conversation, line.key));
        QCOMPARE(found(bob, "is:unread"), (Lines{"Zurich is far"}));
        carol.says(bob, "zurich again");
        QVERIFY(world.until([&] { return bob.texts().size() == 5; }));
        QCOMPARE(found(bob, "is:unread again"), (Lines{"zurich again"}));
    }
    void daysAreThoseOfTheUser() {
        test::World world;
        auto& alice = world.person("alice");
        auto& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "now");
        const std::int64_t now = alice.history("bob").front().sentAt;
        const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(wallTime(now)));
        const std::string year = std::to_string(static_cast<int>(today.year()));
        const std::string before = std::to_string(static_cast<int>(today.year()) - 1);
        QCOMPARE(found(alice, "now after:" + before), Lines{"now"});
        QCOMPARE(found(alice, "now after:" + year), Lines());
        QCOMPARE(found(alice, "now before:" + year), Lines());
        SearchRequest request;
        request.text = "before:" + year;
        request.dayBegins = [](int, unsigned, unsigned) { return std::numeric_limits<std::int64_t>::max(); };
        QCOMPARE(alice.client().search(request)->hits.size(), 1U);
    }
    void aQueryThatCannotBeIsRefusedAndSaysWhere() {
        test::World world;
        auto& alice = world.person("alice");
        const auto refused = [&](const std::string& typed) { return search(alice, typed).error(); };
        QCOMPARE(refused("").code, FailureCode::Invalid);
        QVERIFY(refused("über before:yesteryear").text.find("character 6") != std::string::npos);
        QCOMPARE(refused("from:nobody").code, FailureCode::NotFound);
        QVERIFY(refused("a from:nobody").text.find("character 3") != std::string::npos);
        QCOMPARE(refused("in:c:99").code, FailureCode::NotFound);
        QCOMPARE(refused(std::string(10'000, 'x')).code, FailureCode::Invalid);
        QCOMPARE(refused("\xFF\xFE").code, FailureCode::Invalid);
        QCOMPARE(refused("\xED\xA0\x80").code, FailureCode::Invalid); // half of a surrogate pair
        SearchRequest request;
        request.text = "x";
        request.cursor = "nowhere";
        QCOMPARE(alice.client().search(request).error().code, FailureCode::Invalid);
    }
};

QTEST_GUILESS_MAIN(TestSearchClient)
#include "test_search_client.moc"
