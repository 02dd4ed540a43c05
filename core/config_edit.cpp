// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config_edit.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace sotto::core {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "\"";
}

std::string written(const ConfigKey& key, const std::string& value) {
    return key.type == ConfigType::Boolean ? value : quoted(value);
}

/// The text with the setting in it. line: where it stands now, from 1, or 0.
std::string edited(const std::string& text, const ConfigKey& key, const std::string& value,
                   std::size_t line) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string one; std::getline(stream, one);) {
        lines.push_back(one);
    }
    const std::string name(key.name);
    const auto dot = name.find('.');
    const std::string table = dot == std::string::npos ? "" : name.substr(0, dot);
    const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
    const auto header = std::find(lines.begin(), lines.end(), "[" + table + "]");
    if (line > 0 && line <= lines.size()) {
        std::string& old = lines[line - 1];
        const auto equals = old.find('=');
        old = (equals == std::string::npos ? name + " " : old.substr(0, equals)) + "= " + written(key, value);
    } else if (!table.empty() && header != lines.end()) {
        lines.insert(header + 1, last + " = " + written(key, value));
    } else {
        // Before the first table: there a dotted name means what it says.
        lines.insert(lines.begin(), name + " = " + written(key, value));
    }
    std::string result;
    for (const std::string& one : lines) {
        result += one + "\n";
    }
    return result;
}

Failure systemFailure(const fs::path& path) {
    return {errno == ENOSPC ? FailureCode::DiskFull : FailureCode::Locked,
            "Writing " + path.string() + " failed: " + std::strerror(errno) +
                ". The settings stay as they were.",
            {}};
}

Result<void> replaceFile(const fs::path& path, const std::string& text) {
    const fs::path fresh = path.string() + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return unexpected(systemFailure(path));
    }
    const bool stored =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (::close(file) != 0 || !stored || ::rename(fresh.c_str(), path.c_str()) != 0) {
        auto error = systemFailure(path);
        ::unlink(fresh.c_str());
        return unexpected(std::move(error));
    }
    return {};
}

} // namespace

Result<void> storeSetting(const Paths& paths, const std::string& name, const std::string& value) {
    const auto keys = configKeys();
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& one) { return one.name == name; });
    if (key == keys.end()) {
        return failure(FailureCode::NotFound, "There is no setting '" + name + "'; see sotto config list.");
    }
    if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
        return failure(FailureCode::Invalid, "A setting is one line of text without control characters.");
    }
    const fs::path path = paths.config / "config.toml";
    const auto none = [](const std::string&) { return std::optional<std::string>(); };
    Paths userOnly = paths;
    userOnly.systemConfig.clear();
    auto config = Config::load(userOnly, none);
    if (!config) {
        return unexpected(config.error()); // what cannot be read is not rewritten
    }
    if (auto good = config->setFlag(name, value, name); !good) {
        return good;
    }
    std::size_t line = 0;
    const auto explained =
        config->explain(name); // named: a range-for does not keep what it dereferences alive
    for (const ConfigValue& held : *explained) {
        if (held.source == ConfigSource::UserFile) {
            line = std::strtoul(held.where.substr(held.where.rfind(':') + 1).c_str(), nullptr, 10);
        }
    }
    std::error_code error;
    fs::create_directories(paths.config, error);
    std::ifstream stream(path);
    const std::string before((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    return replaceFile(path, edited(before, *key, value, line));
}

} // namespace sotto::core
