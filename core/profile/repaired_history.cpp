// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/repaired_history.h"

#include "core/salvage/rebuild.h"
#include "core/storage/schema.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace sotto::core {
namespace {

constexpr std::string_view kHeadPrefix = "history.head.";

std::string headName(int version) {
    return std::string(kHeadPrefix) + std::to_string(version);
}

Result<bool> move(const ProfileDirectory& directory, const std::string& from, const std::string& to) {
    if (::renameat(directory.descriptor(), from.c_str(), directory.descriptor(), to.c_str()) == 0) {
        return true;
    }
    return errno == ENOENT ? Result<bool>(false) : unexpected(directory.systemFailure(errno, from.c_str()));
}

/// Seconds, and a letter more while that name is taken: with the log's name the same.
std::string freeMark(const ProfileDirectory& directory, const std::string& name) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    std::string mark = kDamagedMark + std::to_string(now.count());
    while (directory.has((name + mark).c_str()) || directory.has((name + mark + "-wal").c_str())) {
        mark += "a";
    }
    return mark;
}

} // namespace

const char* headFile() {
    static const std::string kName = headName(clientMigrations().back().version);
    return kName.c_str();
}

void writeHead(const ProfileDirectory& directory, const db::DatabaseKey& key) {
    const auto file = PageFile::open(directory.path() / kHistoryFile, {}, key, PageFile::Look::AtWhatIsRead);
    const Bytes head = file ? headOf(*file) : Bytes();
    if (head.empty() || !directory.replace(headFile(), head)) {
        return;
    }
    for (const db::Migration& migration : clientMigrations()) {
        if (headName(migration.version) != headFile()) {
            ::unlinkat(directory.descriptor(), headName(migration.version).c_str(), 0);
        }
    }
}

Bytes readHead(const ProfileDirectory& directory) {
    const auto migrations = clientMigrations();
    for (auto migration = migrations.rbegin(); migration != migrations.rend(); ++migration) {
        const auto file = directory.read(headName(migration->version).c_str(), kMaxHeadBytes);
        if (file && *file) {
            return bytesOf((*file)->expose());
        }
    }
    return {};
}

Result<std::optional<std::string>> putAside(const ProfileDirectory& directory, const char* name) {
    const std::string aside = name + freeMark(directory, name);
    const auto moved = move(directory, name, aside);
    if (!moved) {
        return unexpected(moved.error());
    }
    return *moved ? std::optional(aside) : std::nullopt;
}

void discardUnfinished(const ProfileDirectory& directory) {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) {
        ::unlinkat(directory.descriptor(), (std::string(kHistoryFile) + kNextSuffix + end).c_str(), 0);
    }
}

Result<void> commitRepair(const ProfileDirectory& directory) {
    const std::string made = std::string(kHistoryFile) + kNextSuffix;
    if (auto synced = directory.syncFile(made.c_str()); !synced) {
        return synced;
    }
    const auto moved = move(directory, made, kRepairedFile);
    return moved ? directory.sync() : unexpected(moved.error());
}

Result<std::vector<std::string>> finishRepair(const ProfileDirectory& directory) {
    if (!directory.has(kRepairedFile)) {
        return std::vector<std::string>();
    }
    const std::string history = kHistoryFile;
    const std::string mark = freeMark(directory, history);
    // The log first: beside the new database it would be taken for its own.
    for (const std::string end : {"-wal", ""}) {
        if (const auto moved = move(directory, history + end, history + mark + end); !moved) {
            return unexpected(moved.error());
        }
    }
    ::unlinkat(directory.descriptor(), (history + "-shm").c_str(), 0);
    for (const db::Migration& migration : clientMigrations()) { // of the old database
        ::unlinkat(directory.descriptor(), headName(migration.version).c_str(), 0);
    }
    if (auto synced = directory.sync(); !synced) {
        return unexpected(synced.error());
    }
    if (const auto moved = move(directory, kRepairedFile, history); !moved) {
        return unexpected(moved.error());
    }
    if (auto synced = directory.sync(); !synced) {
        return unexpected(synced.error());
    }
    return filesAside(directory);
}

std::vector<std::string> filesAside(const ProfileDirectory& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory.path(), error), end; entry != end;
         entry.increment(error)) {
        if (entry->path().filename().string().find(kDamagedMark) != std::string::npos) {
            names.push_back(entry->path().filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace sotto::core
