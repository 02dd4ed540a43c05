// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <toml++/toml.h> // as headers only: the library would be loaded at every start
#include <unistd.h>

namespace sotto::core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64 * 1024;

constexpr std::array kKeys = {
    ConfigKey{"color", ConfigType::Choice, "auto", "auto always never",
              "Whether text on a terminal is coloured."},
    ConfigKey{"json", ConfigType::Boolean, "false", "", "Whether output is JSON, one object a line."},
    ConfigKey{"log", ConfigType::Text, "", "",
              "What to tell on stderr while running: all, or some of link,mail,trust,account."},
    ConfigKey{"passphrase_file", ConfigType::Text, "", "",
              "A file with mode 0600 whose first line is the profile's passphrase; empty: ask."},
    ConfigKey{"profile", ConfigType::Text, "default", "",
              "The profile to use: a name, or a path with a slash."},
    ConfigKey{"send.timeout", ConfigType::Duration, "30s", "",
              "How long a send waits for what send.wait asks."},
    ConfigKey{"send.wait", ConfigType::Choice, "auto", "auto queued relay delivered read",
              "How far a message must have come before a send ends; auto: queued if a daemon has the profile "
              "open, else a few seconds for the relay."},
};
static_assert(std::ranges::is_sorted(kKeys, {}, &ConfigKey::name));

const ConfigKey* find(std::string_view name) {
    const auto found = std::ranges::find(kKeys, name, &ConfigKey::name);
    return found == kKeys.end() ? nullptr : &*found;
}

std::optional<bool> parseBoolean(std::string_view text) {
    return text == "true" ? std::optional(true) : text == "false" ? std::optional(false) : std::nullopt;
}

std::optional<Milliseconds> parseDuration(std::string_view text) {
    constexpr std::int64_t kLongest = std::int64_t{1000} * 60 * 60 * 24 * 3650;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t factor = unit == "ms"  ? 1
                                : unit == "s" ? 1000
                                : unit == "m" ? 60'000
                                : unit == "h" ? 3'600'000
                                : unit == "d" ? 86'400'000
                                              : 0;
    if (error != std::errc() || factor == 0 || count < 0 || count > kLongest / factor) {
        return std::nullopt;
    }
    return Milliseconds(count * factor);
}

bool isChoice(const ConfigKey& key, std::string_view text) {
    std::string_view rest = key.choices;
    while (!rest.empty()) {
        const std::string_view choice = rest.substr(0, rest.find(' '));
        if (choice == text) {
            return true;
        }
        rest.remove_prefix(std::min(choice.size() + 1, rest.size()));
    }
    return false;
}

bool isGood(const ConfigKey& key, std::string_view text) {
    switch (key.type) {
    case ConfigType::Text:
        return true;
    case ConfigType::Boolean:
        return parseBoolean(text).has_value();
    case ConfigType::Duration:
        return parseDuration(text).has_value();
    case ConfigType::Choice:
        return isChoice(key, text);
    }
    return false;
}

std::string expected(const ConfigKey& key) {
    switch (key.type) {
    case ConfigType::Text:
        return "a text in quotes";
    case ConfigType::Boolean:
        return "true or false";
    case ConfigType::Duration:
        return "a duration such as 500ms, 30s or 2h";
    case ConfigType::Choice:
        return "one of: " + std::string(key.choices);
    }
    return {};
}

Failure badValue(const std::string& where, const ConfigKey& key) {
    return {FailureCode::Invalid, where + ": " + std::string(key.name) + " takes " + expected(key), {}};
}

/// Nothing when there is no such file.
Result<std::optional<std::string>> readText(const fs::path& path) {
    const auto cannot = [&](const std::string& why) {
        return failure(FailureCode::Invalid, "Cannot read " + path.string() + ": " + why);
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) {
            return std::nullopt;
        }
        return cannot(std::generic_category().message(error));
    }
    std::string text(kMaxFileBytes + 1, '\0');
    std::size_t size = 0;
    ssize_t count = 0;
    while (size < text.size() && (count = ::read(file, text.data() + size, text.size() - size)) > 0) {
        size += static_cast<std::size_t>(count);
    }
    const int error = count < 0 ? errno : 0;
    ::close(file);
    if (error != 0) {
        return cannot(std::generic_category().message(error));
    }
    if (size > kMaxFileBytes) {
        return cannot("it is longer than " + std::to_string(kMaxFileBytes) + " bytes");
    }
    text.resize(size);
    return text;
}

struct Entry {
    std::string key;
    std::optional<std::string> text; ///< nothing: not of a kind that any setting takes
    unsigned line;
};

/// Tables become dotted keys. TOML's parser bounds the depth.
void flatten(const toml::table& table, const std::string& prefix, std::vector<Entry>& entries) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        if (const toml::table* inner = node.as_table()) {
            flatten(*inner, key + ".", entries);
        } else if (const auto* text = node.as_string()) {
            entries.push_back({key, text->get(), name.source().begin.line});
        } else if (const auto* boolean = node.as_boolean()) {
            entries.push_back({key, boolean->get() ? "true" : "false", name.source().begin.line});
        } else {
            entries.push_back({key, std::nullopt, name.source().begin.line});
        }
    }
}

} // namespace

std::span<const ConfigKey> configKeys() {
    return kKeys;
}

std::string environmentName(const ConfigKey& key) {
    std::string name = "SOTTO_";
    for (const char c : key.name) {
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

Result<Config> Config::load(const Paths& paths, const Environment& environment) {
    Config config;
    for (const ConfigKey& key : kKeys) {
        const std::string name = environmentName(key);
        const auto value = environment(name);
        if (!value) {
            continue;
        }
        if (!isGood(key, *value)) {
            return unexpected(badValue(name, key));
        }
        config.m_given[std::string(key.name)].push_back({*value, ConfigSource::Variable, name});
    }
    if (auto read = config.readFile(paths.config / "config.toml", ConfigSource::UserFile); !read) {
        return unexpected(std::move(read.error()));
    }
    for (const fs::path& directory : paths.systemConfig) {
        if (auto read = config.readFile(directory / "config.toml", ConfigSource::SystemFile); !read) {
            return unexpected(std::move(read.error()));
        }
    }
    return config;
}

Result<void> Config::readFile(const fs::path& path, ConfigSource source) {
    const auto text = readText(path);
    if (!text) {
        return unexpected(text.error());
    }
    if (!*text) {
        return {};
    }
    std::vector<Entry> entries;
    try {
        flatten(toml::parse(**text), "", entries);
    } catch (const toml::parse_error& error) {
        return failure(FailureCode::Invalid, path.string() + ":" + std::to_string(error.source().begin.line) +
                                                 ": " + std::string(error.description()));
    }
    for (const Entry& entry : entries) {
        const std::string where = path.string() + ":" + std::to_string(entry.line);
        const ConfigKey* key = find(entry.key);
        if (key == nullptr) {
            return failure(FailureCode::Invalid,
                           where + ": there is no setting '" + entry.key + "'; see sotto config list");
        }
        if (!entry.text || !isGood(*key, *entry.text)) {
            return unexpected(badValue(where, *key));
        }
        m_given[entry.key].push_back({*entry.text, source, where});
    }
    return {};
}

Result<void> Config::setFlag(std::string_view name, const std::string& value, const std::string& flag) {
    const ConfigKey* key = find(name);
    if (key == nullptr) {
        throw std::logic_error("no such setting: " + std::string(name));
    }
    if (!isGood(*key, value)) {
        return unexpected(badValue(flag, *key));
    }
    auto& given = m_given[std::string(name)];
    given.insert(given.begin(), {value, ConfigSource::Flag, flag});
    return {};
}

Result<std::vector<ConfigValue>> Config::explain(std::string_view name) const {
    const ConfigKey* key = find(name);
    if (key == nullptr) {
        return failure(FailureCode::NotFound,
                       "There is no setting '" + std::string(name) + "'; see sotto config list");
    }
    const auto given = m_given.find(name);
    auto values = given == m_given.end() ? std::vector<ConfigValue>() : given->second;
    values.push_back({std::string(key->fallback), ConfigSource::Default, ""});
    return values;
}

std::string Config::valueOf(std::string_view name, std::initializer_list<ConfigType> types) const {
    const ConfigKey* key = find(name);
    if (key == nullptr || std::ranges::find(types, key->type) == types.end()) {
        throw std::logic_error("no such setting, or of another type: " + std::string(name));
    }
    const auto given = m_given.find(name);
    return given == m_given.end() ? std::string(key->fallback) : given->second.front().text;
}

std::string Config::text(std::string_view key) const {
    return valueOf(key, {ConfigType::Text, ConfigType::Choice});
}
bool Config::boolean(std::string_view key) const {
    return parseBoolean(valueOf(key, {ConfigType::Boolean})).value();
}
Milliseconds Config::duration(std::string_view key) const {
    return parseDuration(valueOf(key, {ConfigType::Duration})).value();
}

} // namespace sotto::core
