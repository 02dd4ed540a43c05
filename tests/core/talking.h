// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Two people who talk, and what comes to one of them caught on its way.

#include "tests/support/forger.h"

#include <QTest>

namespace sotto::test {

namespace pb = wire::pb;

inline Lines numbered(const std::string& word, int count) {
    Lines lines;
    for (int i = 1; i <= count; ++i) {
        lines.push_back(word + " " + std::to_string(i));
    }
    return lines;
}

/// Alice and Bob know each other and have both written.
struct Talking {
    World world;
    Person& alice = world.person("alice");
    Person& bob = world.person("bob");
    explicit Talking(relay::Limits limits = {})
        : world(limits) {
        alice.knows(bob);
        alice.says(bob, "from alice");
        bob.says(alice, "from bob");
        if (!world.until([&] { return alice.texts().size() == 2 && bob.texts().size() == 2; })) {
            throw std::runtime_error("they do not talk");
        }
        world.pass(std::chrono::minutes(1)); // receipts too
    }
    /// The next rows on their way to Alice, which she does not get.
    std::vector<pb::Row> caught(const std::function<void()>& say, std::size_t atLeast = 1) {
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        say();
        if (!world.until([&] { return rows.size() >= atLeast; })) {
            throw std::runtime_error("nothing to catch");
        }
        world.toClient = nullptr;
        return rows;
    }
};

inline pb::Row unnumbered(pb::Row row) {
    row.set_number(0);
    return row;
}

inline void reconnect(World& world, Person& person) {
    person.goOffline();
    person.goOnline();
    QVERIFY(world.until([&] { return person.client().link().state == core::LinkState::Drained; }));
}

} // namespace sotto::test
