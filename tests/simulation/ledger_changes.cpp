// SPDX-License-Identifier: GPL-3.0-or-later
// What must have come of edits, reactions, deletions and times that were over.
#include "tests/simulation/ledger.h"

namespace sotto::simulation {
namespace {

/// A text as somebody sees it.
struct Shown {
    std::string text;
    std::map<AccountId, std::string> reactions;
    friend bool operator==(const Shown&, const Shown&) = default;
};

std::map<int, Shown> shownBy(Person& person) {
    db::Database& database = person.profile().database();
    std::map<int, Shown> shown;
    for (auto rows = database.query("SELECT id, text FROM message WHERE kind = 1 AND state <> 6");
         rows.next();) {
        Shown one{rows.text(1), {}};
        for (auto reactions = database.query("SELECT a.key, r.emoji FROM reaction r JOIN account a ON "
                                             "a.id = r.account WHERE r.message = ? AND r.emoji <> ''",
                                             rows.integer(0));
             reactions.next();) {
            one.reactions.emplace(reactions.fixed<AccountId>(0), reactions.text(1));
        }
        shown.emplace(Ledger::numberOf(one.text), std::move(one));
    }
    return shown;
}

} // namespace

/// I12, and of I13 what was deleted.
std::string Ledger::differing(Person& one, Person& other) {
    const SimulatedTruce truce(one);
    const SimulatedTruce otherTruce(other);
    const std::map<int, Shown> mine = shownBy(one);
    const std::map<int, Shown> theirs = shownBy(other);
    for (const auto& [message, shown] : mine) {
        const Said& said = m_said[static_cast<std::size_t>(message)];
        if ((said.from != &one || said.to != &other) && (said.from != &other || said.to != &one)) {
            continue;
        }
        if (said.isDeleted) {
            return one.name() + " still has " + quoted(message) + ", which was deleted for everyone";
        }
        const auto there = theirs.find(message);
        if (there != theirs.end() && !said.isExcused && there->second != shown) {
            return one.name() + " and " + other.name() + " see different versions of " + quoted(message) +
                   ": '" + shown.text.substr(0, 60) + "', '" + there->second.text.substr(0, 60) + "'";
        }
    }
    return {};
}

std::string Ledger::differing() {
    for (const auto& [account, one] : m_byAccount) {
        for (const auto& [otherAccount, other] : m_byAccount) {
            const bool isJudged =
                one != other && one->isRunning() && other->isRunning() && !m_rolledBack.contains(account) &&
                !m_rolledBack.contains(otherAccount) &&
                !m_strangers.contains({std::min(account, otherAccount), std::max(account, otherAccount)});
            if (!isJudged) {
                continue;
            }
            if (std::string found = differing(*one, *other); !found.empty()) {
                return found;
            }
        }
    }
    return {};
}

void Ledger::checkExpired() {
    for (const auto& [account, person] : m_byAccount) {
        const SimulatedTruce truce(*person);
        auto rows = person->profile().database().query("SELECT m.text FROM expiry e JOIN message m ON m.id = "
                                                       "e.message WHERE m.kind = 1 AND m.state <> 6");
        if (rows.next()) {
            throw Violation{"I13: " + person->name() + " still has " + quoted(numberOf(rows.textView(0))) +
                            ", whose time is over"};
        }
    }
}

} // namespace sotto::simulation
