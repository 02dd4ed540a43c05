// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/gap_store.h"

namespace sotto::core {
namespace {

#define SOTTO_GAP_COLUMNS "SELECT id, chain, first, last, state, stamp, message, asked, asked_at FROM gap "

} // namespace

std::vector<Gap> GapStore::readAll(db::Rows rows) const {
    std::vector<Gap> gaps;
    while (rows.next()) {
        Gap gap;
        gap.key = rows.as<GapKey>(0);
        gap.chain = rows.as<ChainKey>(1);
        gap.numbers = {rows.unsignedInteger(2), rows.unsignedInteger(3)};
        gap.state = rows.as<GapState>(4);
        gap.stamp = rows.as<Stamp>(5);
        gap.line = rows.isNull(6) ? std::nullopt : std::optional(rows.as<MessageKey>(6));
        gap.asked = rows.as<int>(7);
        gap.askedAt = rows.integer(8);
        gaps.push_back(gap);
    }
    return gaps;
}

Gap GapStore::add(const Gap& gap) {
    Gap added = gap;
    m_database.run("INSERT INTO gap(chain, first, last, state, stamp, message, asked, asked_at) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   gap.chain, gap.numbers.first, gap.numbers.last, gap.state, gap.stamp, gap.line, gap.asked,
                   gap.askedAt);
    added.key = GapKey{m_database.lastInsertId()};
    return added;
}

void GapStore::update(const Gap& gap) {
    m_database.run("UPDATE gap SET first = ?, last = ?, state = ?, message = ?, asked = ?, asked_at = ? "
                   "WHERE id = ?",
                   gap.numbers.first, gap.numbers.last, gap.state, gap.line, gap.asked, gap.askedAt, gap.key);
}

void GapStore::remove(GapKey key) {
    m_database.run("DELETE FROM gap WHERE id = ?", key);
}

bool GapStore::any(ChainKey chain) const {
    return m_database.query("SELECT 1 FROM gap WHERE chain = ? LIMIT 1", chain).next();
}

std::vector<Gap> GapStore::of(ChainKey chain) const {
    return readAll(m_database.query(SOTTO_GAP_COLUMNS "WHERE chain = ? ORDER BY first", chain));
}

std::vector<Gap> GapStore::unshown() const {
    return readAll(m_database.query(SOTTO_GAP_COLUMNS "WHERE message IS NULL ORDER BY id"));
}

std::vector<Gap> GapStore::toAskFor(int most) const {
    return readAll(m_database.query(SOTTO_GAP_COLUMNS
                                    "WHERE message IS NOT NULL AND state <> ? AND asked < ? ORDER BY id",
                                    GapState::Gone, most));
}

std::int64_t GapStore::countShown() const {
    auto rows = m_database.query("SELECT count(*) FROM gap WHERE message IS NOT NULL");
    return rows.next() ? rows.integer(0) : 0;
}

void GapStore::addClaim(const ExpiryClaim& claim) {
    m_database.run("INSERT INTO expiry_claim(number, rows, stamp, at) VALUES (?, ?, ?, ?)", claim.upTo,
                   claim.rows, claim.stamp, claim.at);
}

bool GapStore::hasClaimBetween(Stamp after, Stamp before) const {
    return m_database
        .query("SELECT 1 FROM expiry_claim WHERE stamp > ? AND stamp <= ? LIMIT 1", after, before)
        .next();
}

std::vector<ExpiryClaim> GapStore::claims() const {
    std::vector<ExpiryClaim> claims;
    for (auto rows = m_database.query("SELECT number, rows, stamp, at FROM expiry_claim ORDER BY id");
         rows.next();) {
        claims.push_back({rows.as<MailboxNumber>(0), static_cast<std::uint32_t>(rows.integer(1)),
                          rows.as<Stamp>(2), rows.integer(3)});
    }
    return claims;
}

} // namespace sotto::core
