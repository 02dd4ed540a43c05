// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Makes a tokenizer known to SQLite's full-text search. For core/db itself.

#include "core/db/tokenizer.h"

struct sqlite3;

namespace sotto::db {

/// The connection may use the tokenizer by its name from now on. SQLite's code; the tokenizer must outlive
/// it.
int registerTokenizer(sqlite3* database, const Tokenizer& tokenizer);

} // namespace sotto::db
