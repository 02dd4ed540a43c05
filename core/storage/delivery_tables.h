// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The third migration: chains of numbers as rows of their own, what is missing in them, and who asked for
/// what again.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kDeliveryTables = R"sql(
-- The numbers of one sender device's contents in a conversation, for one generation of that device.
CREATE TABLE chain(
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  base INTEGER NOT NULL,                    -- first number meant for this device; 0: not known
  head INTEGER NOT NULL DEFAULT 0,          -- highest number that its sender has told of
  UNIQUE(conversation, sender, device, generation)) STRICT;
-- Which of them have arrived: ranges, both ends included. The hashes at both ends tell a fork when the
-- neighbour arrives.
CREATE TABLE chain_range(
  chain INTEGER NOT NULL REFERENCES chain,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  previous BLOB,                            -- what `first` names as the content before it
  hash BLOB,                                -- of the content numbered `last`
  PRIMARY KEY(chain, first)) STRICT, WITHOUT ROWID;
INSERT INTO chain(conversation, sender, device, generation, base)
  SELECT DISTINCT conversation, sender, device, generation, 0 FROM seq_range;
INSERT INTO chain_range(chain, first, last, hash)
  SELECT c.id, r.first, r.last, (SELECT m.content_hash FROM message m WHERE m.conversation = r.conversation
    AND m.sender = r.sender AND m.device = r.device AND m.generation = r.generation AND m.seq = r.last)
  FROM seq_range r JOIN chain c ON c.conversation = r.conversation AND c.sender = r.sender
    AND c.device = r.device AND c.generation = r.generation;
DROP TABLE seq_range;
-- Two contents under one number, or a content that names another one before it.
CREATE TABLE fork(
  chain INTEGER NOT NULL REFERENCES chain,
  seq INTEGER NOT NULL,
  noticed_at INTEGER NOT NULL,
  PRIMARY KEY(chain, seq)) STRICT, WITHOUT ROWID;

-- What is missing, with the line of the conversation that says so.
CREATE TABLE gap(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chain INTEGER NOT NULL REFERENCES chain,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  stamp INTEGER NOT NULL,                   -- of the mail that showed it: where the line stands
  message INTEGER REFERENCES message,       -- NULL while it may still fill by itself
  asked INTEGER NOT NULL DEFAULT 0,
  asked_at INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX gap_chain ON gap(chain);
CREATE INDEX gap_message ON gap(message);
-- What the relay says it has deleted unread. A claim, not a fact.
CREATE TABLE expiry_claim(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number INTEGER NOT NULL, rows INTEGER NOT NULL, stamp INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;

-- What each device of a contact owes and is owed: turns of the ratchet, new sessions.
CREATE TABLE peer(
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  received INTEGER NOT NULL DEFAULT 0,      -- messages since our last turn
  since INTEGER NOT NULL DEFAULT 0,         -- when the first of them came
  turned_at INTEGER NOT NULL DEFAULT 0,
  renew INTEGER NOT NULL DEFAULT 0,         -- a new session is wanted
  renewed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(account, device)) STRICT, WITHOUT ROWID;
-- How far a contact's device says it has received our own chains without a hole.
CREATE TABLE received_head(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY(conversation, generation, account, device)) STRICT, WITHOUT ROWID;

-- Accounts that are to be asked how far they are.
CREATE TABLE heads_wanted(account INTEGER PRIMARY KEY REFERENCES account) STRICT;

-- What was sent again, to whom: for the limits, and for the message's info.
CREATE TABLE resend(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  send INTEGER NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE INDEX resend_send ON resend(send);
CREATE INDEX resend_device ON resend(account, device, at);
-- Asked for, and more than is sent without asking the user.
CREATE TABLE resend_held(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  send INTEGER NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE(account, device, send)) STRICT;
CREATE INDEX send_message ON send(message) WHERE message IS NOT NULL;

ALTER TABLE placeholder ADD COLUMN seq_base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE placeholder ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE placeholder ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
)sql";

} // namespace sotto::core
