// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Completions and the manual page, made from the grammar itself, so that they never say what it does not.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>

namespace sotto::cli {

std::string bashCompletions(const CLI::App& app);
std::string zshCompletions(const CLI::App& app);
std::string fishCompletions(const CLI::App& app);
std::string manualPage(const CLI::App& app);

} // namespace sotto::cli
