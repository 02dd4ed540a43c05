// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where things lie (XDG Base Directory Specification 0.8): profiles, configuration, state and sockets.

#include "core/types/failure.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace sotto::core {

/// Looks an environment variable up; an unset one is nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment processEnvironment();

struct Paths {
    std::filesystem::path data;    ///< $XDG_DATA_HOME/sotto: a folder for each profile
    std::filesystem::path config;  ///< $XDG_CONFIG_HOME/sotto
    std::filesystem::path state;   ///< $XDG_STATE_HOME/sotto: logs
    std::filesystem::path runtime; ///< $XDG_RUNTIME_DIR/sotto: sockets
    std::vector<std::filesystem::path>
        systemConfig; ///< each of $XDG_CONFIG_DIRS, the first one first, with /sotto

    /// Computes only: nothing is made or looked for, but for the runtime directory of a session without
    /// $XDG_RUNTIME_DIR (cron, ssh without PAM), where /run/user/UID is taken if it is there, so that a
    /// script finds the socket of the desktop; else /tmp/sotto-UID. Relative paths in the environment are
    /// ignored, as specified.
    static Paths fromEnvironment(const Environment& environment);

    /// With a slash it is a path, else the name of a folder in `data`: 1 to 64 letters, digits, '.', '_' and
    /// '-', the first a letter or digit. Invalid otherwise.
    Result<std::filesystem::path> profileDirectory(const std::string& nameOrPath) const;
    /// Where the owner of this profile listens. All ways to write one directory give one socket. Invalid when
    /// the path would not fit into sockaddr_un (107 bytes).
    Result<std::filesystem::path> socketOf(const std::filesystem::path& profileDirectory) const;
};

/// Makes one directory (0700) if it is missing. Locked when what is there is not a directory that belongs to
/// this user alone: needed below /tmp, where somebody else may have been first.
Result<void> makePrivateDirectory(const std::filesystem::path& path);

} // namespace sotto::core
