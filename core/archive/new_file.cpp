// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/new_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::core {

NewFile::NewFile(std::filesystem::path path, std::filesystem::path sibling, std::string attempted,
                 FileDescriptor file)
    : m_path(std::move(path))
    , m_sibling(std::move(sibling))
    , m_attempted(std::move(attempted))
    , m_file(std::move(file)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : m_path(std::move(other.m_path))
    , m_sibling(std::exchange(other.m_sibling, {}))
    , m_attempted(std::move(other.m_attempted))
    , m_file(std::move(other.m_file)) {}

NewFile::~NewFile() {
    if (!m_sibling.empty()) {
        ::unlink(m_sibling.c_str());
    }
}

Failure NewFile::fail(int error) const {
    if (error == EEXIST) {
        return {FailureCode::Invalid,
                m_attempted + ": there is a file of that name already, and nothing is overwritten",
                {}};
    }
    if (error == ENOENT) {
        return {
            FailureCode::NotFound, m_attempted + ": there is no folder " + m_path.parent_path().string(), {}};
    }
    return systemFailure(error, m_attempted, m_path.string());
}

Result<NewFile> NewFile::begin(const std::filesystem::path& path, const std::string& attempted,
                               Random& random) {
    struct stat status {};
    const auto suffix = random.next<FixedBytes<struct SuffixTag, 8>>();
    std::filesystem::path sibling =
        path.parent_path() / ("." + path.filename().string() + kNextSuffix + "-" + suffix.hex());
    if (::lstat(path.c_str(), &status) == 0) {
        return unexpected(NewFile(path, {}, attempted, {}).fail(EEXIST));
    }
    FileDescriptor file(::open(sibling.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.isOpen()) {
        return unexpected(NewFile(path, {}, attempted, {}).fail(errno));
    }
    const int protectedNow = ::fchmod(file.value(), 0600); // whatever the umask
    const int error = errno;
    NewFile made(path, std::move(sibling), attempted, std::move(file));
    if (protectedNow != 0) {
        return unexpected(made.fail(error));
    }
    return made;
}

Result<void> NewFile::write(BytesView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_file.value(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return unexpected(fail(errno));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> NewFile::finish() {
    if (::fsync(m_file.value()) != 0) {
        return unexpected(fail(errno));
    }
    int renamed = ::renameat2(AT_FDCWD, m_sibling.c_str(), AT_FDCWD, m_path.c_str(), RENAME_NOREPLACE);
    if (renamed != 0 && errno == EINVAL) { // a file system without it
        renamed = ::link(m_sibling.c_str(), m_path.c_str());
        if (renamed == 0) {
            ::unlink(m_sibling.c_str());
        }
    }
    if (renamed != 0) {
        return unexpected(fail(errno));
    }
    m_sibling.clear();
    const FileDescriptor folder(::open(m_path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen() || ::fsync(folder.value()) != 0) {
        return unexpected(fail(errno));
    }
    return {};
}

Result<OldFile> OldFile::open(const std::filesystem::path& path, std::string attempted) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.isOpen() || ::fstat(file.value(), &status) != 0) {
        if (errno == ENOENT) {
            return failure(FailureCode::NotFound, attempted + ": there is no such file");
        }
        return unexpected(systemFailure(errno, attempted, path.string()));
    }
    if (!S_ISREG(status.st_mode)) {
        return failure(FailureCode::Invalid, attempted + ": it is no file");
    }
    return OldFile(std::move(attempted), std::move(file), static_cast<std::uint64_t>(status.st_size));
}

Result<std::size_t> OldFile::read(std::span<std::uint8_t> out) {
    std::size_t size = 0;
    while (size < out.size()) {
        const ssize_t count = ::read(m_file.value(), out.data() + size, out.size() - size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return unexpected(systemFailure(errno, m_attempted, "the file"));
        }
        if (count == 0) {
            break;
        }
        size += static_cast<std::size_t>(count);
    }
    return size;
}

} // namespace sotto::core
