// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Ownership of a profile: one process at a time, for as long as the object lives (R16). The kernel lets go
/// when the process ends, however it ends.

#include "core/profile/profile_directory.h"

namespace sotto::core {

class ProfileLock {
public:
    /// Never waits. Locked when another process, or another object of this one, has it.
    static Result<ProfileLock> take(const ProfileDirectory& directory);
    /// Whether this is take()'s Locked, which passes when the other process ends, and not a wrong
    /// passphrase's or a missing permission's, which stays.
    static bool isHeldElsewhere(const Failure& failure);

private:
    explicit ProfileLock(FileDescriptor file)
        : m_file(std::move(file)) {}
    FileDescriptor m_file;
};

} // namespace sotto::core
