// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/chain_store.h"

#include <algorithm>
#include <map>

namespace sotto::core {
namespace {

#define SOTTO_CHAIN_COLUMNS                                                                                  \
    "SELECT c.id, c.conversation, a.key, c.device, c.generation, c.base, c.head FROM chain c "               \
    "JOIN account a ON a.id = c.sender "

Chain read(const db::Rows& rows) {
    return {rows.as<ChainKey>(0),
            {rows.as<ConversationKey>(1), rows.fixed<AccountId>(2), rows.as<DeviceNumber>(3),
             rows.unsignedInteger(4)},
            rows.unsignedInteger(5),
            rows.unsignedInteger(6)};
}

std::vector<Chain> readAll(db::Rows rows) {
    std::vector<Chain> chains;
    while (rows.next()) {
        chains.push_back(read(rows));
    }
    return chains;
}

/// A range with the hashes that its neighbours are held against.
struct Stretch {
    std::uint64_t last = 0;
    std::optional<Digest> previous; ///< named by the first
    std::optional<Digest> hash;     ///< of the last
    friend bool operator==(const Stretch&, const Stretch&) = default;
};
using Stretches = std::map<std::uint64_t, Stretch>; // by first number

bool contradict(const std::optional<Digest>& named, const std::optional<Digest>& is) {
    return named && is && *named != *is;
}

} // namespace

Chain ChainStore::open(const ChainName& name, std::uint64_t base) {
    auto chain = find(name);
    if (!chain) {
        m_database.run("INSERT INTO chain(conversation, sender, device, generation, base) "
                       "VALUES (?, ?, ?, ?, ?)",
                       name.conversation, m_accounts.rowOf(name.sender), name.device, name.generation, base);
        return {ChainKey{m_database.lastInsertId()}, name, base, 0};
    }
    if (base != 0 && (chain->base == 0 || base < chain->base)) {
        m_database.run("UPDATE chain SET base = ? WHERE id = ?", base, chain->key);
        chain->base = base;
    }
    return *chain;
}

std::optional<Chain> ChainStore::find(ChainKey key) const {
    auto rows = m_database.query(SOTTO_CHAIN_COLUMNS "WHERE c.id = ?", key);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::optional<Chain> ChainStore::find(const ChainName& name) const {
    auto rows = m_database.query(SOTTO_CHAIN_COLUMNS "WHERE c.conversation = ? AND a.key = ? "
                                                     "AND c.device = ? AND c.generation = ?",
                                 name.conversation, name.sender, name.device, name.generation);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::vector<Chain> ChainStore::all(const std::optional<ConversationKey>& conversation) const {
    return conversation ? readAll(m_database.query(
                              SOTTO_CHAIN_COLUMNS "WHERE c.conversation = ? ORDER BY c.id", *conversation))
                        : readAll(m_database.query(SOTTO_CHAIN_COLUMNS "ORDER BY c.conversation, c.id"));
}

std::vector<Chain> ChainStore::ofDevice(ConversationKey conversation, const DeviceAddress& device) const {
    return readAll(m_database.query(SOTTO_CHAIN_COLUMNS "WHERE c.conversation = ? AND a.key = ? "
                                                        "AND c.device = ? ORDER BY c.generation",
                                    conversation, device.account, device.device));
}

Stamp ChainStore::newestFrom(ConversationKey conversation, const DeviceAddress& device) const {
    auto rows = m_database.query(
        "SELECT m.stamp FROM message m JOIN account a ON a.id = m.sender WHERE m.conversation = ? AND "
        "a.key = ? AND m.device = ? AND m.generation > 0 ORDER BY m.generation DESC, m.seq DESC LIMIT 1",
        conversation, device.account, device.device);
    return rows.next() ? rows.as<Stamp>(0) : Stamp{};
}

std::vector<std::uint64_t> ChainStore::add(const Chain& chain, std::span<const NumberedContent> contents) {
    std::vector<std::uint64_t> forks;
    if (contents.empty()) {
        return forks;
    }
    // Only what these numbers can touch: from the range at or below the lowest to the one above the highest.
    Stretches before;
    for (auto rows = m_database.query(
             "SELECT first, last, previous, hash FROM chain_range WHERE chain = ?1 AND first <= ?3 AND "
             "first >= coalesce((SELECT max(first) FROM chain_range WHERE chain = ?1 AND first <= ?2), 0)",
             chain.key, contents.front().seq, contents.back().seq + 1);
         rows.next();) {
        before[rows.unsignedInteger(0)] = {rows.unsignedInteger(1), rows.optionalFixed<Digest>(2),
                                           rows.optionalFixed<Digest>(3)};
    }
    Stretches after = before;
    for (const NumberedContent& content : contents) {
        auto above = after.upper_bound(content.seq);
        auto below = above == after.begin() ? after.end() : std::prev(above);
        if (below != after.end() && below->second.last >= content.seq) {
            const bool other = below->second.last == content.seq
                                   ? contradict(below->second.hash, content.hash)
                                   : hasOther(chain.name, content);
            if (other) {
                forks.push_back(content.seq);
            }
            continue;
        }
        const bool joinsBelow = below != after.end() && below->second.last + 1 == content.seq;
        const bool joinsAbove = above != after.end() && above->first == content.seq + 1;
        if (joinsBelow && contradict(content.previous, below->second.hash)) {
            forks.push_back(content.seq);
        }
        if (joinsAbove && contradict(above->second.previous, content.hash)) {
            forks.push_back(content.seq + 1);
        }
        Stretch grown{content.seq, content.previous, content.hash};
        if (joinsAbove) {
            grown.last = above->second.last;
            grown.hash = above->second.hash;
            after.erase(above);
        }
        if (joinsBelow) {
            grown.previous = below->second.previous;
            below->second = grown;
        } else {
            after.emplace(content.seq, grown);
        }
    }
    for (const auto& [first, stretch] : before) {
        if (!after.contains(first)) {
            m_database.run("DELETE FROM chain_range WHERE chain = ? AND first = ?", chain.key, first);
        }
    }
    for (const auto& [first, stretch] : after) {
        const auto old = before.find(first);
        if (old == before.end()) {
            m_database.run(
                "INSERT INTO chain_range(chain, first, last, previous, hash) VALUES (?, ?, ?, ?, ?)",
                chain.key, first, stretch.last, stretch.previous, stretch.hash);
        } else if (old->second != stretch) {
            m_database.run("UPDATE chain_range SET last = ?, hash = ? WHERE chain = ? AND first = ?",
                           stretch.last, stretch.hash, chain.key, first);
        }
    }
    return forks;
}

/// Whether another content stands under this number in the history.
bool ChainStore::hasOther(const ChainName& name, const NumberedContent& content) const {
    return m_database
        .query("SELECT 1 FROM message m JOIN account a ON a.id = m.sender WHERE m.conversation = ? AND "
               "a.key = ? AND m.device = ? AND m.generation = ? AND m.generation > 0 AND m.seq = ? AND "
               "m.content_hash <> ?",
               name.conversation, name.sender, name.device, name.generation, content.seq, content.hash)
        .next();
}

void ChainStore::setHead(ChainKey key, std::uint64_t head) {
    m_database.run("UPDATE chain SET head = ? WHERE id = ? AND head < ?", head, key, head);
}

void ChainStore::addFork(ChainKey key, std::uint64_t seq, WallTime at) {
    m_database.run("INSERT INTO fork(chain, seq, noticed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key,
                   seq, unixMilliseconds(at));
}

std::vector<std::uint64_t> ChainStore::forks(ChainKey key) const {
    std::vector<std::uint64_t> forks;
    for (auto rows = m_database.query("SELECT seq FROM fork WHERE chain = ? ORDER BY seq", key);
         rows.next();) {
        forks.push_back(rows.unsignedInteger(0));
    }
    return forks;
}

std::vector<NumberRange> ChainStore::ranges(ChainKey key) const {
    std::vector<NumberRange> ranges;
    for (auto rows = m_database.query(
             "SELECT first, last FROM chain_range WHERE chain = ? ORDER BY first DESC LIMIT ?", key,
             kMostRanges);
         rows.next();) {
        ranges.push_back({rows.unsignedInteger(0), rows.unsignedInteger(1)});
    }
    std::reverse(ranges.begin(), ranges.end());
    return ranges;
}

ChainStore::Holes ChainStore::holes(const Chain& chain) const {
    const auto present = ranges(chain.key);
    Holes holes;
    // With more ranges than were read, what lies before them is not looked at.
    holes.from = present.size() == kMostRanges ? present.front().first : 0;
    std::uint64_t next = holes.from != 0 ? holes.from : chain.base;
    for (const NumberRange& range : present) {
        if (next != 0 && range.first > next) {
            holes.missing.push_back({next, range.first - 1});
        }
        next = std::max(next, range.last + 1);
    }
    if (next != 0 && chain.head >= next) {
        holes.missing.push_back({next, chain.head});
    }
    return holes;
}

std::uint64_t ChainStore::contiguous(const Chain& chain) const {
    auto rows = m_database.query("SELECT first, last FROM chain_range WHERE chain = ? ORDER BY first LIMIT 1",
                                 chain.key);
    return rows.next() && (chain.base == 0 || rows.unsignedInteger(0) <= chain.base) ? rows.unsignedInteger(1)
                                                                                     : 0;
}

} // namespace sotto::core
