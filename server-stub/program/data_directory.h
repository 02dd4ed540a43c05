// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where a relay keeps everything: relay.db, relay.key, relay.crt, ready.json and lock. The directory is
/// 0700, the files 0600.

#include "core/base/result.h"

#include <filesystem>
#include <string>

namespace sotto::relay {

/// $XDG_STATE_HOME/sotto-relay, else ~/.local/state/sotto-relay.
std::filesystem::path defaultDataDirectory();

class DataDirectory {
public:
    enum class Problem {
        InUse,    ///< another relay has the lock
        Denied,   ///< no permission, or others may read it and that cannot be changed
        Unusable, ///< not a directory, no space
    };
    struct Failure {
        Problem problem;
        std::string text; ///< a sentence for the operator
    };
    /// Creates it if need be and locks it for as long as the object lives.
    static Expected<DataDirectory, Failure> open(const std::filesystem::path& path);
    DataDirectory(DataDirectory&& other) noexcept;
    ~DataDirectory();
    const std::filesystem::path& path() const { return m_path; }

private:
    DataDirectory(std::filesystem::path path, int lock)
        : m_path(std::move(path))
        , m_lock(lock) {}
    std::filesystem::path m_path;
    int m_lock;
};

} // namespace sotto::relay
