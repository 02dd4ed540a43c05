// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is known to be missing, each with the line that says so, and how often its author was asked.

#include "core/storage/chain_store.h"
#include "core/types/delivery.h"

namespace sotto::core {

enum class GapKey : std::int64_t {};

enum class GapState : int {
    Missing = 0,
    Claimed = 1, ///< the relay says that it deleted mail of that time unread: a claim, still asked for
    Gone = 2,    ///< the author says that it cannot be sent again
};

struct Gap {
    GapKey key{};
    ChainKey chain{};
    NumberRange numbers;
    GapState state = GapState::Missing;
    Stamp stamp{};                  ///< of the mail that showed it
    std::optional<MessageKey> line; ///< nothing while it may still fill by itself
    int asked = 0;
    std::int64_t askedAt = 0;
};

class GapStore {
public:
    explicit GapStore(db::Database& database)
        : m_database(database) {}

    Gap add(const Gap& gap); ///< its key is filled in
    void update(const Gap& gap);
    void remove(GapKey key);
    bool any(ChainKey chain) const;
    std::vector<Gap> of(ChainKey chain) const;
    std::vector<Gap> unshown() const;
    /// Shown, still missing, asked for less than `most` times.
    std::vector<Gap> toAskFor(int most) const;
    std::int64_t countShown() const;

    void addClaim(const ExpiryClaim& claim);
    bool hasClaimBetween(Stamp after, Stamp before) const;
    std::vector<ExpiryClaim> claims() const;

private:
    std::vector<Gap> readAll(db::Rows rows) const;
    db::Database& m_database;
};

} // namespace sotto::core
