// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A disk of a few kibibytes, for what has to be seen on a full one.

#include <filesystem>
#include <sched.h>
#include <string>
#include <sys/mount.h>

namespace sotto::test {

/// For this process alone and from here on; its end takes the disk away. False where nothing may be mounted.
inline bool mountSmallDisk(const std::filesystem::path& folder, std::size_t bytes) {
    const bool apart = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    return apart && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
}

} // namespace sotto::test
