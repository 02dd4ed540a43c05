// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a command takes: all that a command sees of the parser. CLI11 stays behind it, in grammar and
/// generators: its headers cost each file that includes them seconds.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace sotto::cli {

/// One argument or option just added; a view into its synopsis.
class SynopsisEntry {
public:
    explicit SynopsisEntry(CLI::Option& option)
        : m_option(option) {}
    SynopsisEntry& required();
    SynopsisEntry& valueName(const std::string& name); ///< what the help calls its value
    SynopsisEntry& showDefault();                      ///< in the help: what the target holds now
    SynopsisEntry& oneOf(const std::vector<std::string>& values);

private:
    CLI::Option& m_option;
};

/// Targets must live until the command line has been parsed; they keep their value when nothing is given.
class Synopsis {
public:
    explicit Synopsis(CLI::App& app)
        : m_app(app) {}
    /// Names: "--name", "-n,--name", or "NAME" for an argument by position. A number out of its type's range,
    /// or no number, is wrong usage.
    SynopsisEntry option(const std::string& names, std::string& target, const std::string& help);
    SynopsisEntry option(const std::string& names, std::optional<std::string>& target,
                         const std::string& help);
    SynopsisEntry option(const std::string& names, std::vector<std::string>& target, const std::string& help);
    SynopsisEntry option(const std::string& names, int& target, const std::string& help);
    SynopsisEntry option(const std::string& names, std::optional<int>& target, const std::string& help);
    SynopsisEntry option(const std::string& names, std::size_t& target, const std::string& help);
    SynopsisEntry flag(const std::string& names, bool& target, const std::string& help);

private:
    CLI::App& m_app;
};

} // namespace sotto::cli
