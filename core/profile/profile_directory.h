// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The small files of a profile: read whole, replaced whole. Only regular files that are really in the
/// directory are touched (no symbolic links), and all are 0600 whatever the umask.

#include "core/base/secret.h"
#include "core/types/failure.h"

#include <filesystem>

namespace sotto::core {

inline constexpr const char* kLockFile = "lock";
inline constexpr const char* kSealedKeyFile = "key.sealed";
inline constexpr const char* kPlainKeyFile = "key.file";
inline constexpr const char* kKeychainKeyFile = "key.keychain";
inline constexpr const char* kIdentityFileA = "identity.a";
inline constexpr const char* kIdentityFileB = "identity.b";
inline constexpr const char* kHistoryFile = "history.db";
inline constexpr const char* kSentinelFile = "generation";
/// Appended to a file's name while its next version is written.
inline constexpr const char* kNextSuffix = ".new";

/// Absolute, without links, dots and a slash at the end, whether or not it is there: one name for one
/// directory.
std::filesystem::path canonicalPath(const std::filesystem::path& path);

/// What a failed system call means for whoever asked: a full disk, no permission, or damage. `attempted`
/// starts the sentence, as in "Cannot open profile /home/alice/x", and `subject` is what the call was about.
Failure systemFailure(int error, const std::string& attempted, const std::string& subject);

/// Closes a file descriptor when it ends.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor)
        : m_descriptor(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    int value() const { return m_descriptor; }
    bool isOpen() const { return m_descriptor >= 0; }

private:
    int m_descriptor = -1;
};

class ProfileDirectory {
public:
    /// path: absolute. Fails with NotFound when there is no directory, with Locked when it is somebody
    /// else's. Takes away what rights others have to it. `attempted` opens the sentence of every later
    /// failure.
    static Result<ProfileDirectory> open(const std::filesystem::path& path, std::string attempted);

    const std::filesystem::path& path() const { return m_path; }
    const std::string& attempted() const { return m_attempted; }
    int descriptor() const { return m_descriptor.value(); }

    bool has(const char* name) const;
    /// Nothing when there is no such file; Damaged when it is no regular file or longer than maximum.
    Result<std::optional<SecretBytes>> read(const char* name, std::size_t maximum) const;
    /// Durable when it returns. After a kill, a power cut or a failure the file is the old or the new one,
    /// whole.
    Result<void> replace(const char* name, BytesView contents) const;
    /// Makes the file 0600 and returns its size; nothing when there is none, Damaged when it is no regular
    /// file.
    Result<std::optional<std::uint64_t>> makePrivate(const char* name) const;
    Result<void> syncFile(const char* name) const;
    Result<void> sync() const;

    /// Bytes that may still be written to its disk; nothing when the system does not say.
    std::optional<std::uint64_t> room() const;
    /// SQLite needs some room for its index of the log; without it errors come out as I/O errors.
    bool isFull() const;
    Failure systemFailure(int error, const char* name) const;
    Failure damaged(const std::string& what) const;

private:
    ProfileDirectory(std::filesystem::path path, std::string attempted, FileDescriptor descriptor)
        : m_path(std::move(path))
        , m_attempted(std::move(attempted))
        , m_descriptor(std::move(descriptor)) {}
    /// Opens an existing regular file without following a link or waiting for a pipe.
    Result<std::optional<FileDescriptor>> openFile(const char* name, int flags) const;

    std::filesystem::path m_path;
    std::string m_attempted;
    FileDescriptor m_descriptor;
};

} // namespace sotto::core
