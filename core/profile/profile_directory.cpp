// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/profile_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace sotto::core {
namespace {

constexpr std::uint64_t kRoomToOpen = 128 * 1024;

int writeAll(int file, BytesView contents) {
    while (!contents.empty()) {
        const ssize_t written = ::write(file, contents.data(), contents.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return errno;
        }
        contents = contents.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

} // namespace

std::filesystem::path canonicalPath(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::path canonical =
        std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    if (error) {
        canonical = path.lexically_normal();
    }
    return canonical.has_filename() ? canonical : canonical.parent_path();
}

Failure systemFailure(int error, const std::string& attempted, const std::string& subject) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return {FailureCode::DiskFull,
                attempted + ": no space left on the disk. Nothing was stored; free some space and try again",
                {}};
    case EROFS:
        return {FailureCode::Locked, attempted + ": " + subject + " is on a read-only file system", {}};
    case EACCES:
    case EPERM:
        return {FailureCode::Locked,
                attempted + ": no permission for " + subject + "; check its owner and mode",
                {}};
    case ELOOP:
        return {FailureCode::Damaged,
                attempted + ": " + subject + " is a symbolic link, which is never followed here",
                {}};
    case EIO:
        return {FailureCode::Damaged, attempted + ": the disk reported an error for " + subject, {}};
    default:
        return {FailureCode::Internal,
                attempted + ": " + subject + ": " + std::generic_category().message(error),
                {}};
    }
}

FileDescriptor::~FileDescriptor() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

Result<ProfileDirectory> ProfileDirectory::open(const std::filesystem::path& path, std::string attempted) {
    FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.isOpen()) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return failure(FailureCode::NotFound, attempted + ": there is none");
        }
        return unexpected(core::systemFailure(errno, attempted, "the folder"));
    }
    struct stat status {};
    if (::fstat(descriptor.value(), &status) != 0) {
        return unexpected(core::systemFailure(errno, attempted, "the folder"));
    }
    if (status.st_uid != ::geteuid()) {
        return failure(FailureCode::Locked, attempted + ": the folder belongs to another user");
    }
    if ((status.st_mode & 077) != 0 && ::fchmod(descriptor.value(), 0700) != 0) {
        return unexpected(core::systemFailure(errno, attempted, "the folder"));
    }
    return ProfileDirectory(path, std::move(attempted), std::move(descriptor));
}

std::optional<std::uint64_t> ProfileDirectory::room() const {
    struct statvfs status {};
    return ::fstatvfs(descriptor(), &status) == 0
               ? std::optional(std::uint64_t{status.f_bavail} * status.f_frsize)
               : std::nullopt;
}

bool ProfileDirectory::isFull() const {
    return room().value_or(kRoomToOpen) < kRoomToOpen;
}

Failure ProfileDirectory::systemFailure(int error, const char* name) const {
    return core::systemFailure(error, m_attempted, name);
}

Failure ProfileDirectory::damaged(const std::string& what) const {
    return {FailureCode::Damaged,
            m_attempted + ": " + what + ". Nothing was changed; `sotto doctor` says what can be saved",
            {}};
}

bool ProfileDirectory::has(const char* name) const {
    struct stat status {};
    return ::fstatat(m_descriptor.value(), name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::optional<FileDescriptor>> ProfileDirectory::openFile(const char* name, int flags) const {
    FileDescriptor file(::openat(m_descriptor.value(), name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.isOpen()) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        return unexpected(systemFailure(errno, name));
    }
    struct stat status {};
    if (::fstat(file.value(), &status) != 0) {
        return unexpected(systemFailure(errno, name));
    }
    if (!S_ISREG(status.st_mode)) {
        return unexpected(damaged(std::string(name) + " is not a file"));
    }
    if ((status.st_mode & 077) != 0 && ::fchmod(file.value(), 0600) != 0) {
        return unexpected(systemFailure(errno, name));
    }
    return file;
}

Result<std::optional<SecretBytes>> ProfileDirectory::read(const char* name, std::size_t maximum) const {
    auto file = openFile(name, O_RDONLY);
    if (!file) {
        return unexpected(std::move(file.error()));
    }
    if (!*file) {
        return std::nullopt;
    }
    SecretBytes buffer(maximum + 1); // a byte more than there may be, to see whether there is
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t count =
            ::read((*file)->value(), buffer.exposeWritable().data() + size, buffer.size() - size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return unexpected(systemFailure(errno, name));
        }
        if (count == 0) {
            return SecretBytes::from(buffer.expose().first(size));
        }
        size += static_cast<std::size_t>(count);
    }
    return unexpected(damaged(std::string(name) + " is longer than it can be"));
}

Result<void> ProfileDirectory::replace(const char* name, BytesView contents) const {
    const std::string temporary = std::string(name) + kNextSuffix;
    const auto discard = [&](int error) -> Result<void> {
        ::unlinkat(m_descriptor.value(), temporary.c_str(), 0);
        return unexpected(systemFailure(error, name));
    };
    // What a killed process left: the lock says that nobody is writing it now.
    ::unlinkat(m_descriptor.value(), temporary.c_str(), 0);
    const FileDescriptor file(::openat(m_descriptor.value(), temporary.c_str(),
                                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.isOpen()) {
        return unexpected(systemFailure(errno, name));
    }
    if (::fchmod(file.value(), 0600) != 0) {
        return discard(errno);
    }
    if (const int error = writeAll(file.value(), contents); error != 0) {
        return discard(error);
    }
    if (::fsync(file.value()) != 0 ||
        ::renameat(m_descriptor.value(), temporary.c_str(), m_descriptor.value(), name) != 0) {
        return discard(errno);
    }
    return sync();
}

Result<std::optional<std::uint64_t>> ProfileDirectory::makePrivate(const char* name) const {
    const auto file = openFile(name, O_RDONLY);
    if (!file) {
        return unexpected(file.error());
    }
    if (!*file) {
        return std::nullopt;
    }
    struct stat status {};
    if (::fstat((*file)->value(), &status) != 0) {
        return unexpected(systemFailure(errno, name));
    }
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> ProfileDirectory::syncFile(const char* name) const {
    const auto file = openFile(name, O_RDONLY);
    if (!file) {
        return unexpected(file.error());
    }
    if (*file && ::fsync((*file)->value()) != 0) {
        return unexpected(systemFailure(errno, name));
    }
    return {};
}

Result<void> ProfileDirectory::sync() const {
    if (::fsync(m_descriptor.value()) != 0) {
        return unexpected(systemFailure(errno, "the folder"));
    }
    return {};
}

} // namespace sotto::core
