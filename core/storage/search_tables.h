// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The sixth migration: the index of words that search works with (core/search, docs/decisions/0021). The
/// connection must know the tokenizer of search_tokenizer.h.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kSearchTables = R"sql(
-- What is indexed: the text, and as a second column a word that stands for its conversation.
CREATE VIEW search_text AS
  SELECT id, text AS body, char(57344) || conversation AS place FROM message WHERE kind = 1;
CREATE VIRTUAL TABLE search USING fts5(body, place, content = 'search_text', content_rowid = 'id',
  tokenize = 'sotto', prefix = '2 3', columnsize = 0);
-- A page of the index is to fit into a page of the database.
INSERT INTO search(search, rank) VALUES ('pgsz', 3900);
CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search, 'row');

-- Rows first..last of the history are in the index. What is newer and what is older is still to be.
CREATE TABLE search_range(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  first INTEGER NOT NULL, last INTEGER NOT NULL,
  texts INTEGER NOT NULL) STRICT;            -- how many messages that is
INSERT INTO search_range(id, first, last, texts)
  SELECT 1, coalesce(max(id), 0) + 1, coalesce(max(id), 0), 0 FROM message;
-- Between which times the indexed messages of each 4,096 rows lie.
CREATE TABLE search_block(
  block INTEGER PRIMARY KEY, oldest INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT;
)sql";

} // namespace sotto::core
