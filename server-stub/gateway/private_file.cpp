// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/private_file.h"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::relay {

std::optional<std::string> readFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return file.is_open() && !file.bad() ? std::optional(std::move(content)) : std::nullopt;
}

bool writePrivately(const std::filesystem::path& path, const std::string& content) {
    const std::filesystem::path fresh = path.string() + ".new";
    ::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return false;
    }
    std::size_t written = 0;
    while (written < content.size()) {
        const ssize_t count = ::write(file, content.data() + written, content.size() - written);
        if (count <= 0) {
            break;
        }
        written += static_cast<std::size_t>(count);
    }
    const bool whole = written == content.size() && ::fchmod(file, 0600) == 0 && ::fsync(file) == 0;
    ::close(file);
    if (!whole || ::rename(fresh.c_str(), path.c_str()) != 0) {
        ::unlink(fresh.c_str());
        return false;
    }
    return true;
}

} // namespace sotto::relay
