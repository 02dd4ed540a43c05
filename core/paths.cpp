// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/paths.h"

#include "core/base/hash.h"
#include "core/profile/profile_directory.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sotto::core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxProfileName = 64;
constexpr std::size_t kSocketNameBytes = 8;

std::optional<fs::path> absoluteFrom(const Environment& environment, const char* name) {
    const auto value = environment(name);
    return value && fs::path(*value).is_absolute() ? std::optional<fs::path>(*value) : std::nullopt;
}

fs::path homeOf(const Environment& environment) {
    if (const auto home = absoluteFrom(environment, "HOME")) {
        return *home;
    }
    const passwd* user = ::getpwuid(::geteuid());
    return user != nullptr && user->pw_dir != nullptr ? fs::path(user->pw_dir) : fs::path("/");
}

/// A directory of this user and of nobody else.
bool isPrivate(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
           (status.st_mode & 077) == 0;
}

fs::path runtimeOf(const Environment& environment) {
    if (const auto runtime = absoluteFrom(environment, "XDG_RUNTIME_DIR")) {
        return *runtime / "sotto";
    }
    const std::string user = std::to_string(::geteuid());
    const fs::path session = fs::path("/run/user") / user;
    return isPrivate(session) ? session / "sotto" : fs::path("/tmp/sotto-" + user);
}

bool isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

Environment processEnvironment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
}

Paths Paths::fromEnvironment(const Environment& environment) {
    const fs::path home = homeOf(environment);
    const auto base = [&](const char* name, const fs::path& fallback) {
        return absoluteFrom(environment, name).value_or(home / fallback) / "sotto";
    };
    Paths paths{base("XDG_DATA_HOME", ".local/share"),
                base("XDG_CONFIG_HOME", ".config"),
                base("XDG_STATE_HOME", ".local/state"),
                runtimeOf(environment),
                {}};
    std::string list = environment("XDG_CONFIG_DIRS").value_or("");
    if (list.empty()) {
        list = "/etc/xdg";
    }
    for (std::size_t start = 0; start <= list.size();) {
        const std::size_t end = std::min(list.find(':', start), list.size());
        const fs::path directory = list.substr(start, end - start);
        if (directory.is_absolute()) {
            paths.systemConfig.push_back(directory / "sotto");
        }
        start = end + 1;
    }
    return paths;
}

Result<fs::path> Paths::profileDirectory(const std::string& nameOrPath) const {
    if (nameOrPath.find('\0') != std::string::npos) {
        return failure(FailureCode::Invalid, "A profile's name cannot hold a null byte");
    }
    if (nameOrPath.find('/') != std::string::npos) {
        return canonicalPath(nameOrPath);
    }
    const bool good = !nameOrPath.empty() && nameOrPath.size() <= kMaxProfileName &&
                      isLetterOrDigit(nameOrPath.front()) && std::ranges::all_of(nameOrPath, [](char c) {
                          return isLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
                      });
    if (!good) {
        return failure(FailureCode::Invalid,
                       "Cannot use '" + nameOrPath +
                           "' as a profile's name: take 1 to 64 letters, digits, '.', '_' "
                           "and '-', or a path with a slash");
    }
    return canonicalPath(data / nameOrPath);
}

Result<fs::path> Paths::socketOf(const fs::path& profileDirectory) const {
    const Digest hash =
        labelledHash("sotto profile socket", viewOf(canonicalPath(profileDirectory).string()));
    const std::string name = encodeHex(hash.view().first(kSocketNameBytes)) + ".sock";
    fs::path path = runtime / name;
    if (path.native().size() >= sizeof(sockaddr_un::sun_path)) {
        return failure(FailureCode::Invalid,
                       "Cannot listen in " + runtime.string() +
                           ": the path is too long; set XDG_RUNTIME_DIR to a shorter one");
    }
    return path;
}

Result<void> makePrivateDirectory(const fs::path& path) {
    const std::string attempted = "Cannot use " + path.string();
    if (::mkdir(path.c_str(), 0700) == 0) {
        if (::chmod(path.c_str(), 0700) != 0) { // the umask may have taken even the owner's rights
            return unexpected(systemFailure(errno, attempted, "the folder"));
        }
    } else if (errno != EEXIST) {
        return unexpected(systemFailure(errno, attempted, path.parent_path().string()));
    }
    if (!isPrivate(path)) {
        return failure(FailureCode::Locked,
                       attempted + ": it is not a folder that only this user can enter (chmod 700)");
    }
    return {};
}

} // namespace sotto::core
