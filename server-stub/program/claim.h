// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which stores may be tested with: those that were made for it, and say so in the database itself, so that a
/// copy says it too.

#include "core/base/result.h"
#include "core/db/error.h"

#include <filesystem>

namespace sotto::relay {

/// True for a store made for tests, or made now because there was none. False, and nothing changed: there is
/// one that people may depend on. Nobody else has the store open.
Expected<bool, db::Error> claimForTests(const std::filesystem::path& database);

} // namespace sotto::relay
