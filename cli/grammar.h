// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The command line's grammar, built from the command table.

#include "cli/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace sotto::cli {

/// What a parsed command line wants done; empty when it named no command.
struct Grammar {
    CLI::App app;
    Run chosen;

    explicit Grammar(GlobalOptions& options);
};

} // namespace sotto::cli
