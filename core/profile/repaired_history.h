// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a profile keeps against damage of history.db, and how a repaired one takes its place.
///
/// - history.head.N: pages of history.db, whose schema is N, as they stand there (core/salvage/page_file.h)
/// - history.db.new: a repaired database being made, worth nothing until it is history.repaired
/// - history.repaired: the finished one; from here on it counts, whatever happens
/// - *.damaged-TIME: what was replaced; never removed

#include "core/db/database.h"
#include "core/profile/profile_directory.h"

namespace sotto::core {

inline constexpr const char* kRepairedFile = "history.repaired";
inline constexpr const char* kDamagedMark = ".damaged-";

/// The file that should be there for this version's schema.
const char* headFile();
/// Writes it and removes those of earlier versions. What fails, fails silently: the next start tries again.
void writeHead(const ProfileDirectory& directory, const db::DatabaseKey& key);
/// The newest that is there; empty: none.
Bytes readHead(const ProfileDirectory& directory);

/// history.db.new becomes history.repaired, durably: the one step between damaged and repaired.
Result<void> commitRepair(const ProfileDirectory& directory);
/// If there is a history.repaired, it becomes history.db; what was there goes aside with its log. Killed in
/// between, the next call goes on. Tells what files lie aside now.
Result<std::vector<std::string>> finishRepair(const ProfileDirectory& directory);
/// Puts a file aside under a name that is free. Nothing when there is none.
Result<std::optional<std::string>> putAside(const ProfileDirectory& directory, const char* name);
/// Removes what an interrupted repair left of history.db.new.
void discardUnfinished(const ProfileDirectory& directory);
/// Names ending in a mark of putAside(), sorted.
std::vector<std::string> filesAside(const ProfileDirectory& directory);

} // namespace sotto::core
