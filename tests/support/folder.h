// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What lies in a folder, for tests that look for traces or for changes.

#include "core/base/bytes.h"

#include <QCoreApplication>
#include <QDir>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>

namespace sotto::test {

namespace fs = std::filesystem;

inline std::string readAll(const fs::path& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::string contents(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
    file.seekg(0);
    file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
    return contents;
}

inline void writeAll(const fs::path& path, std::string_view contents) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
}

/// Where a test that kills or damages a thousand times makes its folders: in memory if there is such a place,
/// since no kill of a process needs a real disk and each fsync on one costs milliseconds. For QTemporaryDir.
inline QString quickPlace() {
    const QString name = QCoreApplication::applicationName() + "-XXXXXX";
    return QFileInfo("/dev/shm").isWritable() ? "/dev/shm/" + name : QDir::tempPath() + "/" + name;
}

/// Every file below the folder, by its path relative to it. Folders stand with a slash and without contents.
inline std::map<std::string, std::string> contentsOf(const fs::path& folder) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = fs::relative(entry.path(), folder).string();
        if (entry.is_directory()) {
            contents[name + "/"];
        } else if (entry.is_regular_file()) {
            contents[name] = readAll(entry.path());
        }
    }
    return contents;
}

/// Names of the files that hold this text.
inline std::vector<std::string> filesWith(const fs::path& folder, std::string_view text) {
    std::vector<std::string> names;
    for (const auto& [name, contents] : contentsOf(folder)) {
        if (contents.find(text) != std::string::npos) {
            names.push_back(name);
        }
    }
    return names;
}

/// Names of everything below the folder, itself as ".", that others may touch in any way (find -perm /077).
inline std::vector<std::string> openToOthers(const fs::path& folder) {
    std::vector<std::string> names;
    const auto look = [&](const fs::path& path) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0 || (status.st_mode & 077) != 0) {
            names.push_back(fs::relative(path, folder).string());
        }
    };
    look(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        look(entry.path());
    }
    return names;
}

} // namespace sotto::test
