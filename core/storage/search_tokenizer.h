// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How the search index cuts texts into words: folded (core/text/fold.h), then by core/text/words.h.

#include "core/db/tokenizer.h"

namespace sotto::core {

/// For every connection to a client's database. Lives as long as the program.
const db::Tokenizer& searchTokenizer();

} // namespace sotto::core
