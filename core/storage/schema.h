// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The tables of history.db. Append-only: a change is a new migration, never an edit of an old one
/// (CONTRIBUTING.md).

#include "core/db/migration.h"

namespace sotto::core {

/// From the sixth on they need a connection with searchTokenizer().
std::span<const db::Migration> clientMigrations();

} // namespace sotto::core
