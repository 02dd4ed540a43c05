// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The client's own tables in their first version; crypto's are in protocol_tables.h.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kClientTables = R"sql(
CREATE TABLE setting(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- Account keys are long and repeated: rows refer to them by a small number.
CREATE TABLE account(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;

-- The newest verified device list of every account, one's own included, as the exact signed bytes.
CREATE TABLE device_list(
  account INTEGER PRIMARY KEY REFERENCES account,
  bytes BLOB NOT NULL, signature BLOB NOT NULL, seen_at INTEGER NOT NULL,
  signer_epoch INTEGER NOT NULL, version INTEGER NOT NULL, devices INTEGER NOT NULL) STRICT;  -- for display

CREATE TABLE contact(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL UNIQUE REFERENCES account,
  name TEXT NOT NULL,
  trust INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  changed_to BLOB,                          -- another account key that claims the name
  floor_epoch INTEGER NOT NULL DEFAULT 0,   -- from a contact link: no older list is believed
  floor_version INTEGER NOT NULL DEFAULT 0,
  floor_hash BLOB) STRICT;
CREATE INDEX contact_name ON contact(name);

CREATE TABLE conversation(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  wire_id BLOB NOT NULL UNIQUE,             -- the id inside contents
  preview TEXT NOT NULL DEFAULT '',
  newest_at INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  read_stamp INTEGER NOT NULL DEFAULT 0,    -- the read cursor: sort key of the last message read
  read_seq INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE conversation_member(
  conversation INTEGER NOT NULL REFERENCES conversation,
  account INTEGER NOT NULL REFERENCES account,
  PRIMARY KEY(conversation, account)) STRICT, WITHOUT ROWID;
CREATE INDEX member_conversation ON conversation_member(account);

CREATE TABLE message(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id BLOB NOT NULL,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversation,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  outgoing INTEGER NOT NULL,
  text TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  cause INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL,
  content_hash BLOB,                        -- what the sender's next content names as its previous
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  stamp INTEGER NOT NULL DEFAULT 0,
  sort_stamp INTEGER NOT NULL,              -- effective stamp; the largest integer while not sent
  UNIQUE(message_id, sender, device)) STRICT;
CREATE INDEX message_order ON message(conversation, sort_stamp, seq);
CREATE INDEX message_chain ON message(conversation, sender, device, generation, seq);

-- Which numbers of a sender's chain have arrived: ranges, both ends included.
CREATE TABLE seq_range(
  conversation INTEGER NOT NULL REFERENCES conversation,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY(conversation, sender, device, generation, first)) STRICT, WITHOUT ROWID;

-- This device's own chain in each conversation.
CREATE TABLE own_chain(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  PRIMARY KEY(conversation, generation)) STRICT, WITHOUT ROWID;
-- The first number each recipient device was addressed with.
CREATE TABLE seq_base(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  first INTEGER NOT NULL,
  PRIMARY KEY(conversation, generation, account, device)) STRICT, WITHOUT ROWID;

-- Who has confirmed one of our messages.
CREATE TABLE message_receipt(
  message INTEGER NOT NULL REFERENCES message,
  account INTEGER NOT NULL REFERENCES account,
  state INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(message, account)) STRICT, WITHOUT ROWID;

-- Receipts we owe, until a content carries them.
CREATE TABLE receipt_due(
  account INTEGER NOT NULL REFERENCES account,
  message_id BLOB NOT NULL,
  state INTEGER NOT NULL,
  PRIMARY KEY(account, message_id)) STRICT, WITHOUT ROWID;

-- What is to be sent, in order. A row leaves when the relay has stored it.
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation,
  message INTEGER UNIQUE REFERENCES message,  -- a message of the history, or
  body BLOB,                                  -- an invisible content's body
  class INTEGER NOT NULL,
  send INTEGER UNIQUE) STRICT;                -- its bytes, once they are fixed

-- Fixed bytes, kept for the mailboxes' retention: they repair a relay restored from an older copy (R9).
CREATE TABLE send(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  send_id BLOB NOT NULL UNIQUE,
  message INTEGER REFERENCES message,
  content BLOB NOT NULL,
  payload BLOB NOT NULL,
  digest BLOB NOT NULL,
  key BLOB,                                   -- NULL once stored
  class INTEGER NOT NULL,
  stamp INTEGER NOT NULL DEFAULT 0,
  made_at INTEGER NOT NULL) STRICT;
CREATE INDEX send_age ON send(made_at);
CREATE TABLE send_header(
  send INTEGER NOT NULL REFERENCES send ON DELETE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(send, account, device)) STRICT, WITHOUT ROWID;

-- Headers that have been dealt with: a replay is skipped before any decryption.
CREATE TABLE processed_header(hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX processed_age ON processed_header(at);

-- What could not be read, whole, to be tried again.
CREATE TABLE placeholder(
  message INTEGER PRIMARY KEY REFERENCES message,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  send_id BLOB NOT NULL,
  header_hash BLOB NOT NULL UNIQUE,
  header BLOB NOT NULL,
  payload BLOB NOT NULL,
  payload_key BLOB,                           -- when the header opened and the payload did not
  payload_digest BLOB,
  stamp INTEGER NOT NULL,
  bytes INTEGER NOT NULL) STRICT;             -- of header and payload: room is counted from the index alone
CREATE INDEX placeholder_sender ON placeholder(sender, device, bytes);
-- What only an attack or a rolled-back peer explains; repeats are counted.
CREATE TABLE alarm(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account BLOB NOT NULL,                      -- whose devices or mail it is about
  text TEXT NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  told_at INTEGER NOT NULL,                   -- when the user last heard of it
  times INTEGER NOT NULL,
  UNIQUE(account, text)) STRICT;
-- Beyond the limit per sender device, and for unknown devices: only counted.
CREATE TABLE refused_mail(
  account BLOB NOT NULL, device INTEGER NOT NULL, rows INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY(account, device)) STRICT, WITHOUT ROWID;
)sql";

} // namespace sotto::core
