// SPDX-License-Identifier: GPL-3.0-or-later
// Adding somebody by name: a question to the relay, which may be away, break off or refuse.
#include "tests/support/forger.h"
#include "tests/support/world.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;

class TestLookUps : public QObject {
    Q_OBJECT
private slots:
    void addingByNameAsksTheRelay() {
        World world;
        Person& alice = world.person("alice");
        world.person("bob");
        std::optional<core::Result<core::Contact>> found;
        std::optional<core::Result<core::Contact>> missing;
        alice.client().addContact("bob", [&](auto result) { found = result; });
        alice.client().addContact("nobody", [&](auto result) { missing = result; });
        QVERIFY(world.until([&] { return found && missing; }));
        QVERIFY(found->has_value());
        QCOMPARE((*found)->trust, core::Trust::FirstUse);
        QCOMPARE(missing->error().code, core::FailureCode::NotFound);
    }
    void aLookUpSurvivesALostLink() {
        World world;
        Person& alice = world.person("alice");
        world.person("bob");
        bool dropped = false;
        world.toRelay = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &alice && frame.has_fetch_lists() && frame.fetch_lists().names_size() > 0 &&
                !std::exchange(dropped, true)) {
                frame.Clear();
                world.schedule(Milliseconds(1), [&] { alice.client().onDisconnected("cut"); });
            }
        });
        std::optional<core::Result<core::Contact>> found;
        alice.client().addContact("bob", [&](auto result) { found = result; });
        QVERIFY(world.until([&] { return found.has_value(); }));
        QVERIFY(dropped);
        QVERIFY(found->has_value());
    }
    void aRelayThatRefusesALookUpDoesNotMakeNobodyOfSomebody() {
        World world;
        Person& alice = world.person("alice");
        world.person("bob");
        world.toClient = eachFrame([&](Person& person, wire::pb::Frame& frame) {
            if (&person == &alice && frame.has_lists()) {
                frame.mutable_error()->set_code(wire::pb::RATE_LIMITED);
                frame.mutable_error()->set_text("too many names");
                frame.mutable_error()->set_retry_after_ms(89'500);
            }
        });
        std::optional<core::Result<core::Contact>> found;
        alice.client().addContact("bob", [&](auto result) { found = result; });
        QVERIFY(world.until([&] { return found.has_value(); }));
        QCOMPARE(found->error().code, core::FailureCode::Unreachable);
        QCOMPARE(found->error().text,
                 std::string("Looking up a name failed: the relay refused (too many names). "
                             "Try again in 90 s."));
    }
    void aNameCannotBeLookedUpOffline() {
        World world;
        Person& alice = world.person("alice");
        alice.goOffline();
        std::optional<core::Result<core::Contact>> result;
        alice.client().addContact("bob", [&](auto answer) { result = answer; });
        QVERIFY(world.until([&] { return result.has_value(); }));
        QCOMPARE(result->error().code, core::FailureCode::Unreachable);
    }
};

QTEST_GUILESS_MAIN(TestLookUps)
#include "test_look_ups.moc"
