// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A profile's directory while it is being made: a hidden sibling, .NAME.new-…, that becomes the profile by
/// one rename. A kill leaves the sibling, which nothing takes for a profile and the next creation clears
/// away.

#include "core/profile/profile_lock.h"

namespace sotto::core {

class UnfinishedDirectory {
public:
    /// Makes missing parents (0700), clears away what killed processes left, makes the sibling and locks it.
    /// path: absolute. Invalid when something other than an empty directory is there.
    static Result<UnfinishedDirectory> begin(const std::filesystem::path& path, const std::string& attempted,
                                             Random& random);
    UnfinishedDirectory(UnfinishedDirectory&&) noexcept = default;
    UnfinishedDirectory& operator=(UnfinishedDirectory&&) = delete;
    /// Removes the directory, wherever it stands, unless release() was called.
    ~UnfinishedDirectory();

    const ProfileDirectory& directory() const { return *m_directory; }
    /// Puts the directory at its place, durably. Invalid when another process was faster.
    Result<void> publish();
    /// The lock, which was never let go.
    ProfileLock release();

private:
    UnfinishedDirectory(std::filesystem::path place, ProfileDirectory directory, ProfileLock lock)
        : m_place(std::move(place))
        , m_directory(std::move(directory))
        , m_lock(std::move(lock)) {}

    std::filesystem::path m_place;
    std::optional<ProfileDirectory> m_directory;
    std::optional<ProfileLock> m_lock;
    bool m_published = false;
};

} // namespace sotto::core
