// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Small files that only their owner may read.

#include <filesystem>
#include <optional>
#include <string>

namespace sotto::relay {

std::optional<std::string> readFile(const std::filesystem::path& path);
/// Mode 0600 whatever the umask; whole or not at all (temporary file, fsync, rename).
bool writePrivately(const std::filesystem::path& path, const std::string& content);

} // namespace sotto::relay
