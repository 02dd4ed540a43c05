// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Settings of this user's programs. The first of these that has a key decides it: flag, environment variable
/// (SOTTO_ and the key in capitals, '_' for '.'), the user's config.toml, the system's config.toml files, the
/// default. The files are TOML; only known keys are accepted, so that a typing error is seen. Secrets never
/// stand here.

#include "core/base/clock.h"
#include "core/paths.h"

#include <array>
#include <map>
#include <span>

namespace sotto::core {

enum class ConfigType {
    Text,
    Boolean,  ///< true or false
    Duration, ///< a whole number and ms, s, m, h or d: 30s
    Choice,   ///< one of `choices`
};

struct ConfigKey {
    std::string_view name; ///< a dot stands for a TOML table
    ConfigType type;
    std::string_view fallback;    ///< the default, as it would be written
    std::string_view choices;     ///< of a Choice, separated by spaces
    std::string_view description; ///< one sentence
};
/// All there are, by name.
std::span<const ConfigKey> configKeys();
/// SOTTO_SEND_WAIT for send.wait.
std::string environmentName(const ConfigKey& key);

enum class ConfigSource { Flag, Variable, UserFile, SystemFile, Default };

struct ConfigValue {
    std::string text; ///< as written, without TOML's quotes
    ConfigSource source = ConfigSource::Default;
    std::string where; ///< "--wait", "SOTTO_SEND_WAIT", "/etc/xdg/sotto/config.toml:3"; empty for the default
};

class Config {
public:
    /// Reads files and environment. Invalid, with file and line or variable, for what cannot be read as a
    /// setting: nothing is guessed. A missing file is an empty one.
    static Result<Config> load(const Paths& paths, const Environment& environment);

    /// A value from the command line; `flag` as the user typed it, for messages.
    Result<void> setFlag(std::string_view key, const std::string& value, const std::string& flag);

    /// The value that holds. The key must be a known one and of this type; anything else is a bug and throws
    /// std::logic_error.
    std::string text(std::string_view key) const; ///< Text and Choice
    bool boolean(std::string_view key) const;
    Milliseconds duration(std::string_view key) const;

    /// Every value the key was given, the one that holds first, the default last. NotFound for an unknown
    /// key.
    Result<std::vector<ConfigValue>> explain(std::string_view key) const;

private:
    Result<void> readFile(const std::filesystem::path& path, ConfigSource source);
    std::string valueOf(std::string_view key, std::initializer_list<ConfigType> types) const;

    /// For each key what was given, the most important first; without the defaults.
    std::map<std::string, std::vector<ConfigValue>, std::less<>> m_given;
};

} // namespace sotto::core
