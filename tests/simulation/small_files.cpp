// SPDX-License-Identifier: GPL-3.0-or-later
/// A profile's small files (core/profile/profile_directory.cpp) on simulated computers: the program runs as
/// it ships, and the linker puts these in the place of the system calls that change something (--wrap). Each
/// is a storage operation at which the computer can die, and a rename that was not synced can be undone.

#include "tests/support/simulated_disk.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using sotto::Bytes;
using sotto::test::SimulatedDisk;

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
int __real_openat(int directory, const char* name, int flags, mode_t mode);
ssize_t __real_write(int file, const void* bytes, std::size_t size);
int __real_fsync(int file);
int __real_renameat(int from, const char* before, int to, const char* after);
int __real_unlinkat(int directory, const char* name, int flags);
int __wrap_openat(int directory, const char* name, int flags, ...);
ssize_t __wrap_write(int file, const void* bytes, std::size_t size);
int __wrap_fsync(int file);
int __wrap_renameat(int from, const char* before, int to, const char* after);
int __wrap_unlinkat(int directory, const char* name, int flags);
}

namespace {

using Operation = SimulatedDisk::Operation;

bool synced = true; ///< the file that is being written; there is one at a time

/// Whether the call may go on; else errno says why not.
bool may(Operation operation) {
    switch (SimulatedDisk::running()->begin(operation)) {
    case SimulatedDisk::Outcome::Done:
        return true;
    case SimulatedDisk::Outcome::Full:
        errno = ENOSPC;
        return false;
    case SimulatedDisk::Outcome::Failed:
    case SimulatedDisk::Outcome::Dead:
        errno = EIO;
        return false;
    }
    return false;
}

std::string pathOf(int directory, const char* name) {
    char path[512];
    const std::string link = "/proc/self/fd/" + std::to_string(directory);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return std::string(path, size > 0 ? static_cast<std::size_t>(size) : 0) + "/" + name;
}

std::optional<Bytes> contentsOf(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        return std::nullopt;
    }
    Bytes bytes(4096);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    return bytes;
}

} // namespace

int __wrap_openat(int directory, const char* name, int flags, ...) {
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (SimulatedDisk::running() != nullptr && (flags & O_EXCL) != 0) {
        if (SimulatedDisk::running()->isFull()) {
            errno = ENOSPC;
            return -1;
        }
        if (!may(Operation::Other)) {
            return -1;
        }
        synced = false;
    }
    return __real_openat(directory, name, flags, mode);
}

ssize_t __wrap_write(int file, const void* bytes, std::size_t size) {
    return SimulatedDisk::running() == nullptr || may(Operation::Write) ? __real_write(file, bytes, size)
                                                                        : -1;
}

int __wrap_fsync(int file) {
    if (SimulatedDisk::running() == nullptr) {
        return __real_fsync(file);
    }
    if (!may(Operation::Sync)) {
        return -1;
    }
    struct stat status {};
    if (::fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        SimulatedDisk::running()->directorySynced();
    } else {
        synced = true;
    }
    return 0; // nothing here has to survive this machine
}

int __wrap_renameat(int from, const char* before, int to, const char* after) {
    if (SimulatedDisk::running() != nullptr) {
        if (!may(Operation::Other)) {
            return -1;
        }
        const std::string path = pathOf(to, after);
        SimulatedDisk::running()->renamed(path, contentsOf(path), synced);
    }
    return __real_renameat(from, before, to, after);
}

int __wrap_unlinkat(int directory, const char* name, int flags) {
    return SimulatedDisk::running() == nullptr || may(Operation::Other)
               ? __real_unlinkat(directory, name, flags)
               : -1;
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
