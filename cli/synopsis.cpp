// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/synopsis.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace sotto::cli {

SynopsisEntry& SynopsisEntry::required() {
    m_option.required();
    return *this;
}
SynopsisEntry& SynopsisEntry::valueName(const std::string& name) {
    m_option.type_name(name);
    return *this;
}
SynopsisEntry& SynopsisEntry::showDefault() {
    m_option.capture_default_str();
    return *this;
}
SynopsisEntry& SynopsisEntry::oneOf(const std::vector<std::string>& values) {
    m_option.check(CLI::IsMember(values));
    return *this;
}

SynopsisEntry Synopsis::option(const std::string& names, std::string& target, const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::option(const std::string& names, std::optional<std::string>& target,
                               const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::option(const std::string& names, std::vector<std::string>& target,
                               const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::option(const std::string& names, int& target, const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::option(const std::string& names, std::optional<int>& target,
                               const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::option(const std::string& names, std::size_t& target, const std::string& help) {
    return SynopsisEntry(*m_app.add_option(names, target, help));
}
SynopsisEntry Synopsis::flag(const std::string& names, bool& target, const std::string& help) {
    return SynopsisEntry(*m_app.add_flag(names, target, help));
}

} // namespace sotto::cli
