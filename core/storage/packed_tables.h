// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The fifth migration: what a sent message touches lies together (docs/decisions/0020).
///
/// A table is appended to page by page. An index, and a table without row ids, is balanced over three pages
/// whenever its last one is full, even if its keys only grow: with fifty messages a batch that is every time.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kPackedTables = R"sql(
-- Headers in the order of their sends: the id is the send's times 1024, and a place from 0.
ALTER TABLE send_header RENAME TO send_header_before;
CREATE TABLE send_header(
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
INSERT INTO send_header(id, account, device, bytes)
  SELECT send * 1024 + row_number() OVER (PARTITION BY send ORDER BY account, device) - 1, account, device, bytes
  FROM send_header_before ORDER BY send, account, device;
DROP TABLE send_header_before;

-- What a send is looked for by, without its bytes: searched from end to end for an id, from its beginning for age.
CREATE TABLE send_name(
  send INTEGER PRIMARY KEY,
  send_id BLOB NOT NULL,
  made_at INTEGER NOT NULL) STRICT;
INSERT INTO send_name(send, send_id, made_at) SELECT id, send_id, made_at FROM send ORDER BY id;
DROP INDEX send_ids;
DROP INDEX send_age;
ALTER TABLE send DROP COLUMN send_id;
ALTER TABLE send DROP COLUMN made_at;
CREATE TRIGGER send_removed AFTER DELETE ON send BEGIN
  DELETE FROM send_header WHERE id BETWEEN old.id * 1024 AND old.id * 1024 + 1023;
  DELETE FROM send_name WHERE send = old.id;
END;

-- The outbox as before; only rows with fixed bytes are looked for by them.
ALTER TABLE outbox RENAME TO outbox_before;
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation,
  message INTEGER UNIQUE REFERENCES message,  -- a message of the history, or
  body BLOB,                                  -- an invisible content's body
  class INTEGER NOT NULL,
  send INTEGER,                               -- its bytes, once they are fixed
  payload_key BLOB) STRICT;                   -- with them, until they are stored
INSERT INTO outbox(id, conversation, message, body, class, send, payload_key)
  SELECT id, conversation, message, body, class, send, payload_key FROM outbox_before ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'outbox';
UPDATE sqlite_sequence SET name = 'outbox' WHERE name = 'outbox_before';
DROP TABLE outbox_before;
CREATE UNIQUE INDEX outbox_send ON outbox(send) WHERE send IS NOT NULL;

-- What waits to be fixed stands in no chain.
DROP INDEX message_chain;
CREATE INDEX message_chain ON message(conversation, sender, device, generation, seq) WHERE generation > 0;
)sql";

} // namespace sotto::core
