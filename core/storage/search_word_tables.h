// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The seventh migration: the index without beginnings of words, which its words can tell as well, the words
/// as rows of their own, and an index that really loses what is deleted from it (docs/decisions/0023).

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kSearchWordTables = R"sql(
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5(body, place, content = 'search_text', content_rowid = 'id',
  tokenize = 'sotto', columnsize = 0);
INSERT INTO search(search, rank) VALUES ('pgsz', 3900);
INSERT INTO search(search, rank) VALUES ('secure-delete', 1);

-- Each word of the index once, a line each; a row has those that a slice brought first.
CREATE TABLE search_word(id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT;
-- How often some were taken out: whoever keeps them in memory reads them anew.
ALTER TABLE search_range ADD COLUMN words_removed INTEGER NOT NULL DEFAULT 0;

-- Everything is to be indexed anew.
UPDATE search_range SET first = coalesce((SELECT max(id) FROM message), 0) + 1,
  last = coalesce((SELECT max(id) FROM message), 0), texts = 0;
DELETE FROM search_block;
)sql";

} // namespace sotto::core
