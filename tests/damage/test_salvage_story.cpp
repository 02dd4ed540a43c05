// SPDX-License-Identifier: GPL-3.0-or-later
// Alice's disk goes bad, the doctor repairs what it can, and Bob sends again what it could not.
#include "core/doctor.h"
#include "tests/support/folder.h"
#include "tests/support/world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using std::chrono::minutes;
using std::chrono::seconds;

class TestSalvageStory : public QObject {
    Q_OBJECT
    static constexpr std::size_t kPage = 4096;

    static void blank(const fs::path& history, const std::string& whole, std::size_t page) {
        std::string hurt = whole;
        hurt.replace((page - 1) * kPage, kPage, std::string(kPage, '\xA5'));
        writeAll(history, hurt);
    }

private slots:
    void case75_whatADamagedPageHeldIsAskedForAndComesAgain() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        Lines said;
        for (int i = 0; i < 60; ++i) {
            said.push_back("message " + std::to_string(i) + " " + std::string(120, 'x'));
            bob.says(alice, said.back());
        }
        QVERIFY(world.until([&] { return alice.textsFrom("bob") == said; }));
        const auto own = alice.says(bob, "from alice");
        QVERIFY(world.until([&] { return alice.stateOf(own) == core::MessageState::Delivered; }));
        world.pass(seconds(30));

        std::uint64_t lost = 0;
        alice.whileClosed([&](const fs::path& place) {
            const fs::path history = place / "history.db";
            const std::string whole = readAll(history);
            for (std::size_t page = 2; page <= whole.size() / kPage && lost == 0; ++page) {
                blank(history, whole, page);
                const auto examined = core::examineProfile(place, {}).value();
                for (const auto& entry : examined.messages) {
                    lost += entry.contact == "bob" ? entry.messages : 0;
                }
            }
            const auto repaired = core::repairProfile(place, {});
            if (!repaired || !repaired->isRepaired) {
                lost = 0;
            }
        });
        QVERIFY(lost >= 5);
        QCOMPARE(alice.textsFrom("bob").size(), said.size() - lost);
        // Bob's device has her word that they had arrived: it asks him before it sends them again.
        QVERIFY(
            world.until([&] { return bob.client().status().resendsHeld == static_cast<std::int64_t>(lost); },
                        minutes(30)));
        QCOMPARE(*bob.client().answerHeldResends(bob.contact("alice").key, core::HeldAnswer::Send),
                 static_cast<std::int64_t>(lost));
        QVERIFY(world.until([&] { return alice.textsFrom("bob") == said; }, minutes(30)));
        const auto lines = alice.history("bob");
        QVERIFY(std::none_of(lines.begin(), lines.end(),
                             [](const auto& line) { return line.kind == core::MessageKind::Gap; }));
        // And both can write.
        bob.says(alice, "better?");
        QVERIFY(world.until([&] { return alice.textsFrom("bob").back() == "better?"; }, minutes(10)));
        alice.says(bob, "all of it is back");
        QVERIFY(
            world.until([&] { return bob.textsFrom("alice").back() == "all of it is back"; }, minutes(10)));
    }
};

QTEST_GUILESS_MAIN(TestSalvageStory)
#include "test_salvage_story.moc"
