// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A new database out of what a damaged one still holds.

#include "core/base/clock.h"
#include "core/salvage/salvage.h"

namespace sotto::core {

struct RebuildOptions {
    const db::DatabaseKey* key = nullptr;
    /// One's own account, to find conversations by; nothing: unknown.
    std::optional<AccountId> self;
    /// Begin a new generation before the first send in any case (R15), also if no row is lost.
    bool countsAsRestored = false;
    std::function<void(std::uint64_t rows)> told; ///< now and then; throws to stop
};

/// Makes `target`, which must not exist, at this version's schema, complete and closed; its bytes may not be
/// on the disk yet. Rows that contradict others are left out and counted. What refers to a lost row is
/// mended: accounts and direct conversations are made again from what names them, the rest goes with what it
/// belonged to. Ids never come back (R19). After a loss the profile counts as restored (R15), and the lost
/// numbers of others' chains as not yet received. A failure leaves a useless file at `target`.
Expected<SalvageReport, db::Error> rebuildDatabase(const PageFile& file, const std::filesystem::path& target,
                                                   const RebuildOptions& options);

/// What rebuildDatabase() would report, without writing anything.
Expected<SalvageReport, db::Error> examineDatabase(const PageFile& file);

/// The pages of the schema and of the settings as they stand, for history.head (encodeHead()): what a profile
/// cannot do without, the relay's address among it. Empty if not all are sound.
Bytes headOf(const PageFile& file);

} // namespace sotto::core
