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

private:
    explicit ProfileLock(FileDescriptor file)
        : m_file(std::move(file)) {}
    FileDescriptor m_file;
};

} // namespace sotto::core
