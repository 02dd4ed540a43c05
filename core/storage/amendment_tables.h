// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The eighth migration: what later contents make of a message, as rows of their own (docs/decisions/0027).

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kAmendmentTables = R"sql(
-- How often it was edited, and what else there is to look for: bits of MessageExtra.
ALTER TABLE message ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN extras INTEGER NOT NULL DEFAULT 0;

-- All versions of a message that was edited, the first of them as revision 0. Two with one number: the larger
-- (device, generation, seq) counts, so that everybody ends with the same text.
CREATE TABLE edit(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  revision INTEGER NOT NULL,
  device INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  UNIQUE(message, revision)) STRICT;

-- What an account thinks of a message: one sign each, empty when it was taken back. A larger revision counts.
CREATE TABLE reaction(
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  revision INTEGER NOT NULL,
  device INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  PRIMARY KEY(message, account)) STRICT, WITHOUT ROWID;

-- Amendments that came before what they are about.
CREATE TABLE early_amendment(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  target_id BLOB NOT NULL,
  target_account INTEGER NOT NULL REFERENCES account,
  target_device INTEGER NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversation,
  kind INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX early_amendment_target
  ON early_amendment(target_id, target_account, target_device, kind, sender, revision);
CREATE INDEX early_amendment_sender ON early_amendment(sender, device);

-- One's own, with their places in the chain: whoever misses a number asks for it.
CREATE TABLE own_amendment(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation,
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  content_id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  body BLOB NOT NULL,                         -- to be sent; empty when it was, or nothing of it is to be left
  generation INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER NOT NULL) STRICT;
CREATE INDEX own_amendment_message ON own_amendment(message);
CREATE INDEX own_amendment_chain ON own_amendment(conversation, generation, seq) WHERE generation > 0;
ALTER TABLE outbox ADD COLUMN amendment INTEGER REFERENCES own_amendment;
ALTER TABLE send ADD COLUMN amendment INTEGER REFERENCES own_amendment;
CREATE UNIQUE INDEX outbox_amendment ON outbox(amendment) WHERE amendment IS NOT NULL;
CREATE INDEX send_amendment ON send(amendment) WHERE amendment IS NOT NULL;
)sql";

} // namespace sotto::core
