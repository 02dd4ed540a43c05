// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Damage as disks, crashes and careless copying do it, from a seed.

#include "tests/damage/damaged_profile.h"
#include "tests/support/chance.h"

namespace sotto::test {

struct Mutation {
    std::string text;       ///< what was done
    bool isOnePage = false; ///< no more than one page of history.db or its log
};

/// Damages the profile once. Only the database and its log: of the other files two copies, or a person, know.
Mutation mutateHistory(const DamagedProfile& profile, Chance& chance);
/// Damages any file, up to three times.
Mutation mutateAnything(const DamagedProfile& profile, Chance& chance);

/// Damages, asks, repairs and compares; empty when every promise held. messages: how many of the rows are
/// back, in thousandths, if it could be repaired.
struct Trial {
    std::vector<std::string> faults;
    Mutation mutation;
    bool wasSound = false;
    bool wasRepaired = false;
    std::size_t thousandthsBack = 1000;
};
Trial tryOut(const DamagedProfile& profile, std::uint64_t seed);

} // namespace sotto::test
