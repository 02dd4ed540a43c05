// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Makes one whole of rows that were saved one by one. Steps of rebuildDatabase(), each inside its
/// transaction; all throw db::Failure.

#include "core/salvage/salvage.h"

namespace sotto::core {

/// Rows that refer to none: what they refer to is made again where that can be known; else the reference or
/// the row goes, and is counted in the report.
void mendReferences(db::Database& database, const std::optional<AccountId>& self, SalvageReport& report);
/// No id is given out a second time (R19).
void raiseIds(db::Database& database, const Salvage& salvage, const SalvageReport& report);
/// The lost numbers of others count as not received, what waited waits again, and the profile as restored
/// (R15).
void noteLosses(db::Database& database, const std::optional<AccountId>& self, const SalvageReport& report);
/// Search begins anew.
void forgetIndexed(db::Database& database);

} // namespace sotto::core
