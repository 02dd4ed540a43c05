// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The second migration: what grows with every message is appended, not scattered over an index of random
/// keys. Every page that a transaction touches is encrypted, authenticated and written: an index of random
/// keys costs one for each message (docs/decisions/0017).

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kAppendedTables = R"sql(
-- Receipts we owe, by the message that has earned them.
CREATE TABLE receipt_owed(
  message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE ON UPDATE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  state INTEGER NOT NULL) STRICT;
INSERT INTO receipt_owed(message, account, state)
  SELECT m.id, r.account, max(r.state) FROM receipt_due r
  JOIN message m ON m.message_id = r.message_id AND m.sender = r.account GROUP BY m.id;
DROP TABLE receipt_due;
ALTER TABLE receipt_owed RENAME TO receipt_due;

-- Fixed bytes as before, without an index of send ids by themselves. One is looked up so rarely that send_ids is searched
-- from end to end; it is narrow, and grows at its end.
ALTER TABLE send_header RENAME TO send_header_before;
ALTER TABLE send RENAME TO send_before;
CREATE TABLE send(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  send_id BLOB NOT NULL,
  message INTEGER REFERENCES message,
  content BLOB NOT NULL,
  payload BLOB NOT NULL,
  digest BLOB NOT NULL,
  class INTEGER NOT NULL,
  made_at INTEGER NOT NULL) STRICT;
INSERT INTO send(id, send_id, message, content, payload, digest, class, made_at)
  SELECT id, send_id, message, content, payload, digest, class, made_at FROM send_before;
CREATE TABLE send_header(
  send INTEGER NOT NULL REFERENCES send ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(send, account, device)) STRICT, WITHOUT ROWID;
INSERT INTO send_header(send, account, device, bytes)
  SELECT send, account, device, bytes FROM send_header_before;
-- The payload's key goes when the relay has stored it: it lies in the row that leaves then, so that the bytes
-- are never written again. The stamp is the message's.
ALTER TABLE outbox ADD COLUMN payload_key BLOB;
UPDATE outbox SET payload_key = (SELECT key FROM send_before b WHERE b.id = outbox.send);
DROP TABLE send_header_before;
DROP TABLE send_before;
CREATE INDEX send_age ON send(made_at);
CREATE INDEX send_ids ON send(id, send_id);
)sql";

} // namespace sotto::core
