// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Takes an exported history (history_lines.h) into the profile of the account that exported it. The whole
/// file is read and held against its manifest first; only then is anything taken over, some at a time. What
/// is there already stays as it is, so that an import that was stopped is simply begun again.

#include "core/archive/backup.h"
#include "core/rpc/history_lines.h"

namespace sotto::rpc {

struct ImportResult {
    std::uint64_t messages = 0; ///< in the file
    std::uint64_t added = 0;    ///< of these
    std::uint64_t conversations = 0;
    Digest history; ///< the same for two files with the same history
};

/// Errors name the line. Nothing is changed unless the file is whole, of this version, and exported by this
/// account. onProgress: as in core/archive/backup.h; what was added when it stops stays.
Result<ImportResult> importHistory(core::Profile& profile, const std::filesystem::path& path,
                                   const core::OnArchiveProgress& onProgress);
/// Only the reading: for whoever wants to know whether a file is what its account exported.
Result<ImportResult> verifyHistory(const AccountId& account, const std::filesystem::path& path,
                                   const core::OnArchiveProgress& onProgress);

} // namespace sotto::rpc
