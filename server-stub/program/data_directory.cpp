// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/data_directory.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sotto::relay {

std::filesystem::path defaultDataDirectory() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && state[0] == '/') {
        return std::filesystem::path(state) / "sotto-relay";
    }
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home != nullptr ? home : "/") / ".local" / "state" / "sotto-relay";
}

Expected<DataDirectory, DataDirectory::Failure> DataDirectory::open(const std::filesystem::path& path) {
    const auto failed = [&](Problem problem, const std::string& why) {
        return unexpected(Failure{problem, "cannot use the data directory " + path.string() + ": " + why});
    };
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return failed(errno == EACCES || errno == EROFS ? Problem::Denied : Problem::Unusable,
                      std::strerror(errno));
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        return failed(Problem::Unusable, "it is not a directory");
    }
    if ((status.st_mode & 0077U) != 0 && ::chmod(path.c_str(), 0700) != 0) {
        return failed(Problem::Denied, "others can read it, and that cannot be changed");
    }
    const int lock = ::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) {
        return failed(Problem::Denied, std::strerror(errno));
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(lock, F_OFD_SETLK, &whole) != 0) {
        ::close(lock);
        return failed(Problem::InUse,
                      "another relay is using it; stop that one, or choose another with --data");
    }
    return DataDirectory(path, lock);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : m_path(std::move(other.m_path))
    , m_lock(std::exchange(other.m_lock, -1)) {}

DataDirectory::~DataDirectory() {
    if (m_lock >= 0) {
        ::close(m_lock);
    }
}

} // namespace sotto::relay
