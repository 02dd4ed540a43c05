// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// SQLite's way to simulated disks: a VFS below SQLCipher's codec, which sees what a real disk would see.
/// Locks and the WAL's shared index work between connections of this process. Not thread-safe.

#include "tests/support/simulated_disk.h"

#include <filesystem>

namespace sotto::test {

inline constexpr const char* kSimulatedVfs = "simulated";

/// Files directly in this directory lie on the disk as long as the mount lives; the directory need not exist.
class SimulatedMount {
public:
    SimulatedMount(const std::filesystem::path& directory, SimulatedDisk& disk);
    SimulatedMount(const SimulatedMount&) = delete;
    SimulatedMount& operator=(const SimulatedMount&) = delete;
    ~SimulatedMount();

private:
    std::string m_directory;
};

} // namespace sotto::test
