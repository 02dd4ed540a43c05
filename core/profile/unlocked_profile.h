// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A profile whose folder, lock and key are at hand, and nothing else yet: the first step of opening one, and
/// all that can be had of one whose database does not open.

#include "core/profile.h"
#include "core/profile/profile_lock.h"

namespace sotto::core {

struct UnlockedProfile {
    ProfileDirectory directory;
    ProfileLock lock;
    db::DatabaseKey key;
};

/// Failures as Profile::open() has them for these files. A repair that was interrupted after its last step
/// but the renaming is finished. attempt: begins the sentence of every failure, as in "Cannot open profile".
Result<UnlockedProfile> unlockProfile(const std::filesystem::path& path, const Profile::Secrets& secrets,
                                      const char* attempt);

} // namespace sotto::core
