// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Changes one setting in the user's config.toml as a person would: the other lines and comments stay.

#include "core/config.h"

namespace sotto::core {

/// Writes the file anew beside the old one and moves it there, so that a failure leaves the old one. NotFound
/// for an unknown key, Invalid for a value that is not of its type or a file that cannot be read.
Result<void> storeSetting(const Paths& paths, const std::string& key, const std::string& value);

} // namespace sotto::core
