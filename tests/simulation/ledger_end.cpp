// SPDX-License-Identifier: GPL-3.0-or-later
// What must have come of everything once nothing breaks any more.
#include "core/storage/gap_store.h"
#include "core/types/cause.h"
#include "tests/simulation/ledger.h"

#include <algorithm>

namespace sotto::simulation {
namespace {

std::string written(const std::vector<int>& messages) {
    std::string text;
    for (const int message : messages) {
        text += " " + std::to_string(message);
    }
    return text;
}

} // namespace

/// What is kept of an author that could not be read, and what is known to be missing. What the relay spoilt
/// is nobody's: it may stay.
std::int64_t Ledger::holesOf(Person& reader, const AccountId& author) const {
    db::Database& database = reader.profile().database();
    std::int64_t holes = 0;
    for (auto rows =
             database.query("SELECT p.header_hash FROM placeholder p JOIN account a ON a.id = p.sender "
                            "WHERE a.key = ?",
                            author);
         rows.next();) {
        holes += m_headers.contains(rows.fixed<HeaderHash>(0)) ? 1 : 0;
    }
    auto gaps = database.query("SELECT count(*) FROM gap g JOIN chain c ON c.id = g.chain "
                               "JOIN account a ON a.id = c.sender WHERE a.key = ?",
                               author);
    return holes + (gaps.next() ? gaps.integer(0) : 0);
}

std::int64_t Ledger::emptiedOf(Person& reader, const AccountId& author) const {
    // With what was deleted go the edits and reactions of it, on either side.
    const bool isAny = std::any_of(m_said.begin(), m_said.end(), [&](const Said& said) {
        return said.mayGo && ((said.to == &reader && said.from->address().account == author) ||
                              (said.from == &reader && said.to->address().account == author));
    });
    auto gaps = reader.profile().database().query(
        "SELECT count(*) FROM gap g JOIN chain c ON c.id = g.chain JOIN account a ON a.id = c.sender "
        "WHERE a.key = ? AND g.state = ?",
        author, core::GapState::Gone);
    return isAny && gaps.next() ? gaps.integer(0) : 0;
}

/// Whether something unreadable, of whatever making, stands for this message.
bool Ledger::hasLabelOf(Person& reader, const Said& said) {
    return std::any_of(said.sends.begin(), said.sends.end(), [&](const SendId& id) {
        return reader.profile().database().query("SELECT 1 FROM placeholder WHERE send_id = ?", id).next();
    });
}

std::string Ledger::unreadOf(Person& reader, const AccountId& author) {
    std::string text;
    for (auto rows = reader.profile().database().query(
             "SELECT p.send_id, m.cause FROM placeholder p JOIN account a ON a.id = p.sender "
             "JOIN message m ON m.id = p.message WHERE a.key = ?",
             author);
         rows.next();) {
        text += ", " + rows.fixed<SendId>(0).hex().substr(0, 6) + ": " +
                std::string(core::textOf(rows.as<core::PlaceholderCause>(1)).reason);
    }
    return text;
}

std::string Ledger::missing() {
    for (std::size_t i = 0; i < m_said.size(); ++i) {
        Said& said = m_said[i];
        said.isExcused = false;
        auto* reader = const_cast<Person*>(said.to);
        auto* writer = const_cast<Person*>(said.from);
        if (!reader->isRunning() || !writer->isRunning()) {
            return (reader->isRunning() ? writer : reader)->name() + " does not start";
        }
        if (!said.durable || said.isLost || said.mayGo) {
            said.isExcused = said.isLost;
            continue;
        }
        const std::string what =
            quoted(static_cast<int>(i)) + " from " + writer->name() + " to " + reader->name();
        if (!m_views.at(reader).shown.contains(static_cast<int>(i))) {
            const SimulatedTruce truce(*reader);
            // Nobody has it any more, or nobody may be asked: then the reader knows that something is
            // missing. Only who went back to an older copy hears no more of a stranger.
            const bool isKnown = holesOf(*reader, writer->address().account) != 0 ||
                                 hasLabelOf(*reader, said) ||
                                 (!said.mutual && m_rolledBack.contains(reader->address().account));
            // Its author forgot it, and so did whoever else had it; or a copy of its reader took it.
            const AccountId& to = reader->address().account;
            const bool isGone = m_cloned.contains(to) ||
                                (said.forgotten &&
                                 (m_rolledBack.contains(to) || m_relaysRestored.contains(&reader->relay())));
            // Of two copies the one that was asked may be the one that has it not.
            const bool mayBeGone =
                !said.mutual || said.forgotten || m_cloned.contains(writer->address().account);
            if (!isGone && (!mayBeGone || !isKnown)) {
                return what + " did not arrive";
            }
            said.isExcused = true;
            continue;
        }
        // Who went back may have got the receipt before.
        if (said.mutual && !m_rolledBack.contains(writer->address().account)) {
            const SimulatedTruce truce(*writer);
            auto rows = writer->profile().database().query(
                "SELECT m.state FROM message m WHERE m.outgoing = 1 AND m.text LIKE ? || '%'",
                textOf(static_cast<int>(i), 0));
            if (!rows.next() || rows.as<core::MessageState>(0) < core::MessageState::Delivered) {
                return "no receipt came for " + what;
            }
        }
    }
    for (const auto& [account, someone] : m_byAccount) {
        if (std::string found = missingOf(*someone); !found.empty()) {
            return found;
        }
    }
    return differing();
}

std::string Ledger::missingOf(Person& person) {
    if (!person.isRunning()) {
        return person.name() + " does not start";
    }
    const SimulatedTruce truce(person);
    if (person.client().status().queued != 0) {
        return person.name() + " still has mail to send";
    }
    for (const auto& [author, other] : m_byAccount) {
        const bool isStranger = m_strangers.contains(
            {std::min(author, person.address().account), std::max(author, person.address().account)});
        if (!isStranger && !m_rolledBack.contains(author) &&
            holesOf(person, author) != emptiedOf(person, author)) {
            return person.name() + " has a placeholder or gap of " + other->name() + unreadOf(person, author);
        }
    }
    return {};
}

/// What two people said to each other stands in one order, on both sides. Across an older copy of their relay
/// only each sender's own order is the same: what was stored twice has the stamp that either side heard
/// first.
void Ledger::checkHistories() {
    std::map<std::pair<AccountId, AccountId>, std::vector<int>> lines; // reader, other
    for (const auto& [account, person] : m_byAccount) {
        const SimulatedTruce truce(*person);
        for (auto rows = person->profile().database().query(
                 "SELECT m.text, m.outgoing, a.key FROM message m JOIN account a ON a.id = m.sender "
                 "WHERE m.kind = 1 AND m.state <> 6 ORDER BY m.conversation, m.sort_stamp, m.seq, m.id");
             rows.next();) {
            const int message = parse(rows.textView(0), *person, rows.boolean(1), rows.fixed<AccountId>(2));
            const Said& said = m_said[static_cast<std::size_t>(message)];
            if (said.isExcused || said.mayGo) {
                continue;
            }
            const Person& other = said.from == person ? *said.to : *said.from;
            lines[{account, other.address().account}].push_back(message);
        }
    }
    for (auto& [who, mine] : lines) {
        // What a restored copy forgot stands on one side only.
        if (m_rolledBack.contains(who.first) || m_rolledBack.contains(who.second)) {
            continue;
        }
        const Person* const one = personOf(who.first);
        const Person* const other = personOf(who.second);
        std::vector<int>& theirs = lines[{who.second, who.first}];
        if (m_relaysRestored.contains(&one->relay())) {
            std::sort(mine.begin(), mine.end());
            std::sort(theirs.begin(), theirs.end());
        }
        if (mine != theirs) {
            throw Violation{"two people have different histories of what they said to each other: " +
                            one->name() + written(mine) + ", " + other->name() + written(theirs)};
        }
    }
}

} // namespace sotto::simulation
