// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// `sotto-relay backup` and `restore`: the relay's database as one file. Its key and certificate are not in
/// it: they never change and are kept once, elsewhere.

#include "server-stub/program/exit_code.h"

#include <filesystem>

namespace sotto::relay {

struct BackupOptions {
    std::filesystem::path data;
    std::filesystem::path file;
    bool json = false;
};

/// A consistent copy while the relay runs. The file must not exist; it is complete or not there.
ExitCode backup(const BackupOptions& options);
/// Puts a backup in the place of the database and makes a new epoch, so that every client notices at its next
/// log-in. Refuses while a relay runs, and what is no backup, damaged, or of a newer version; then nothing
/// was changed. What was there before stays beside it as relay.db.replaced.
ExitCode restore(const BackupOptions& options);

} // namespace sotto::relay
