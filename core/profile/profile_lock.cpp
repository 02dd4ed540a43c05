// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/profile_lock.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::core {
namespace {

constexpr const char* kInUse = ": it is in use by ";
constexpr std::size_t kOwnerSize = 11; // ten digits and a line end

/// Only for the message of the next process: the lock itself is the kernel's. Overwriting the same bytes in
/// place needs no new space, and if it fails the message merely names no process.
void writeOwner(int file) {
    std::array<char, kOwnerSize + 1> text{};
    std::snprintf(text.data(), text.size(), "%10d\n", static_cast<int>(::getpid()));
    [[maybe_unused]] const ssize_t written = ::pwrite(file, text.data(), kOwnerSize, 0);
}

std::string ownerOf(int file) {
    std::array<char, kOwnerSize + 1> text{};
    const long owner =
        ::pread(file, text.data(), kOwnerSize, 0) > 0 ? std::strtol(text.data(), nullptr, 10) : 0;
    return owner > 0 ? "process " + std::to_string(owner) : "another process";
}

} // namespace

Result<ProfileLock> ProfileLock::take(const ProfileDirectory& directory) {
    FileDescriptor file(::openat(directory.descriptor(), kLockFile,
                                 O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
    struct stat status {};
    if (!file.isOpen() || ::fchmod(file.value(), 0600) != 0 || ::fstat(file.value(), &status) != 0) {
        return unexpected(directory.systemFailure(errno, kLockFile));
    }
    if (!S_ISREG(status.st_mode)) {
        return unexpected(directory.damaged(std::string(kLockFile) + " is not a file"));
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file.value(), F_OFD_SETLK, &whole) != 0) {
        if (errno != EAGAIN && errno != EACCES) {
            return unexpected(directory.systemFailure(errno, kLockFile));
        }
        return failure(FailureCode::Locked, directory.attempted() + kInUse + ownerOf(file.value()) +
                                                "; end that first, or work through it");
    }
    // Between opening and locking, somebody may have removed the folder as a leftover.
    if (::fstat(file.value(), &status) != 0 || status.st_nlink == 0) {
        return failure(FailureCode::NotFound, directory.attempted() + ": it was removed just now");
    }
    writeOwner(file.value());
    return ProfileLock(std::move(file));
}

bool ProfileLock::isHeldElsewhere(const Failure& failure) {
    return failure.code == FailureCode::Locked && failure.text.find(kInUse) != std::string::npos;
}

} // namespace sotto::core
