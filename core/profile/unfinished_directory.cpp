// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/unfinished_directory.h"

#include "core/profile/repaired_history.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::core {
namespace {

namespace fs = std::filesystem;

/// Everything a directory that never was a profile can hold. Nothing else is ever removed.
void removeUnfinished(const fs::path& path) {
    for (const char* name :
         {headFile(), "history.db-journal", "history.db-shm", "history.db-wal", kHistoryFile, kSentinelFile,
          kIdentityFileA, kIdentityFileB, kSealedKeyFile, kPlainKeyFile, kKeychainKeyFile, kLockFile}) {
        ::unlink((path / name).c_str());
        ::unlink((path / (std::string(name) + kNextSuffix)).c_str());
    }
    ::rmdir(path.c_str());
}

std::string siblingPrefix(const fs::path& path) {
    return "." + path.filename().string() + kNextSuffix + "-";
}

/// Whoever still works on one holds its lock. One whose maker has not come to its lock yet is empty; if it
/// goes, the maker tries again.
void clearLeftovers(const fs::path& path) {
    std::error_code ignored; // leftovers harm nobody: what cannot be cleared stays
    const std::string prefix = siblingPrefix(path);
    for (fs::directory_iterator entry(path.parent_path(), ignored), end; entry != end;
         entry.increment(ignored)) {
        if (!entry->path().filename().string().starts_with(prefix) ||
            !fs::is_directory(entry->symlink_status(ignored))) {
            continue;
        }
        if (::rmdir(entry->path().c_str()) == 0) {
            continue;
        }
        const auto directory = ProfileDirectory::open(entry->path(), "");
        if (directory && directory->has(kLockFile) && ProfileLock::take(*directory)) {
            removeUnfinished(entry->path());
        }
    }
}

/// mkdir -p, private and durable.
Result<void> makeParents(const fs::path& path, const std::string& attempted) {
    struct stat status {};
    if (path.empty() || ::stat(path.c_str(), &status) == 0) {
        return {};
    }
    if (auto made = makeParents(path.parent_path(), attempted); !made) {
        return made;
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return unexpected(systemFailure(errno, attempted, path.string()));
    }
    const FileDescriptor parent(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.isOpen() || ::fsync(parent.value()) != 0) {
        return unexpected(systemFailure(errno, attempted, path.parent_path().string()));
    }
    return {};
}

Result<void> checkPlace(const fs::path& path, const std::string& attempted) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (!fs::exists(status)) {
        return {};
    }
    if (!fs::is_directory(status)) {
        return failure(FailureCode::Invalid, attempted + ": there is a file of that name");
    }
    if (fs::exists(path / kHistoryFile, error)) {
        return failure(FailureCode::Invalid, attempted + ": there is one already");
    }
    if (!fs::is_empty(path, error) || error) {
        return failure(FailureCode::Invalid,
                       attempted + ": the folder is not empty; name one that does not exist yet");
    }
    return {};
}

} // namespace

Result<UnfinishedDirectory> UnfinishedDirectory::begin(const fs::path& path, const std::string& attempted,
                                                       Random& random) {
    if (auto free = checkPlace(path, attempted); !free) {
        return unexpected(std::move(free.error()));
    }
    if (auto made = makeParents(path.parent_path(), attempted); !made) {
        return unexpected(std::move(made.error()));
    }
    clearLeftovers(path);
    // Another process may clear ours away as a leftover before it is locked: then simply another one.
    Failure last;
    for (int attempt = 0; attempt < 10; ++attempt) {
        const auto suffix = random.next<FixedBytes<struct SuffixTag, 8>>();
        const fs::path place = path.parent_path() / (siblingPrefix(path) + suffix.hex());
        if (::mkdir(place.c_str(), 0700) != 0 || ::chmod(place.c_str(), 0700) != 0) {
            last = systemFailure(errno, attempted, place.parent_path().string());
            if (last.code != FailureCode::Internal) {
                break; // full, read-only or forbidden: no better the next time
            }
            continue;
        }
        auto directory = ProfileDirectory::open(place, attempted);
        if (!directory) {
            last = std::move(directory.error());
            continue;
        }
        auto lock = ProfileLock::take(*directory);
        if (lock) {
            return UnfinishedDirectory(path, std::move(*directory), std::move(*lock));
        }
        last = std::move(lock.error());
        ::rmdir(place.c_str());
    }
    return unexpected(std::move(last));
}

UnfinishedDirectory::~UnfinishedDirectory() {
    if (!m_lock || !m_directory) {
        return;
    }
    const fs::path& sibling = m_directory->path();
    // Back to the name that nobody opens, so that a kill in between leaves no half-removed profile.
    if (!m_published || ::rename(m_place.c_str(), sibling.c_str()) == 0) {
        removeUnfinished(sibling);
    }
}

Result<void> UnfinishedDirectory::publish() {
    const std::string& attempted = m_directory->attempted();
    if (auto synced = m_directory->sync(); !synced) {
        return synced;
    }
    if (::rename(m_directory->path().c_str(), m_place.c_str()) != 0) {
        switch (errno) {
        case EEXIST:
        case ENOTEMPTY:
        case ENOTDIR:
            return failure(FailureCode::Invalid, attempted + ": there is one already");
        case EBUSY:
            return failure(FailureCode::Invalid,
                           attempted + ": something is mounted there; name a folder inside it");
        default:
            return unexpected(systemFailure(errno, attempted, m_place.string()));
        }
    }
    m_published = true;
    const FileDescriptor parent(::open(m_place.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.isOpen() || ::fsync(parent.value()) != 0) {
        return unexpected(systemFailure(errno, attempted, m_place.parent_path().string()));
    }
    return {};
}

ProfileLock UnfinishedDirectory::release() {
    ProfileLock lock = std::move(*m_lock);
    m_lock.reset();
    return lock;
}

} // namespace sotto::core
