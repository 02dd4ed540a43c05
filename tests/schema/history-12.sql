-- SPDX-License-Identifier: GPL-3.0-or-later
-- history.db as schema 12 left it, with conversations in it. Frozen: never made anew.
PRAGMA user_version = 12;
CREATE TABLE setting(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE account(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE device_list(
  account INTEGER PRIMARY KEY REFERENCES account,
  bytes BLOB NOT NULL, signature BLOB NOT NULL, seen_at INTEGER NOT NULL,
  signer_epoch INTEGER NOT NULL, version INTEGER NOT NULL, devices INTEGER NOT NULL) STRICT;
CREATE TABLE contact(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL UNIQUE REFERENCES account,
  name TEXT NOT NULL,
  trust INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  changed_to BLOB,                          -- another account key that claims the name
  floor_epoch INTEGER NOT NULL DEFAULT 0,   -- from a contact link: no older list is believed
  floor_version INTEGER NOT NULL DEFAULT 0,
  floor_hash BLOB, blocked INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX contact_name ON contact(name);
CREATE TABLE conversation(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  wire_id BLOB NOT NULL UNIQUE,             -- the id inside contents
  preview TEXT NOT NULL DEFAULT '',
  newest_at INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  read_stamp INTEGER NOT NULL DEFAULT 0,    -- the read cursor: sort key of the last message read
  read_seq INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0, pinned INTEGER NOT NULL DEFAULT 0, muted_until INTEGER NOT NULL DEFAULT 0, standing INTEGER NOT NULL DEFAULT 0) STRICT;
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
  sort_stamp INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 0, extras INTEGER NOT NULL DEFAULT 0,              -- effective stamp; the largest integer while not sent
  UNIQUE(message_id, sender, device)) STRICT;
CREATE INDEX message_order ON message(conversation, sort_stamp, seq) WHERE kind <> 6;
CREATE TABLE own_chain(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  PRIMARY KEY(conversation, generation)) STRICT, WITHOUT ROWID;
CREATE TABLE seq_base(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  first INTEGER NOT NULL,
  PRIMARY KEY(conversation, generation, account, device)) STRICT, WITHOUT ROWID;
CREATE TABLE message_receipt(
  message INTEGER NOT NULL REFERENCES message,
  account INTEGER NOT NULL REFERENCES account,
  state INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(message, account)) STRICT, WITHOUT ROWID;
CREATE TABLE processed_header(hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX processed_age ON processed_header(at);
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
  bytes INTEGER NOT NULL, seq_base INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL DEFAULT 0, asked_at INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX placeholder_sender ON placeholder(sender, device, bytes);
CREATE TABLE alarm(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account BLOB NOT NULL,                      -- whose devices or mail it is about
  text TEXT NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  told_at INTEGER NOT NULL,                   -- when the user last heard of it
  times INTEGER NOT NULL,
  UNIQUE(account, text)) STRICT;
CREATE TABLE refused_mail(
  account BLOB NOT NULL, device INTEGER NOT NULL, rows INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY(account, device)) STRICT, WITHOUT ROWID;
CREATE TABLE session(
  id INTEGER PRIMARY KEY,
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE(account, device)) STRICT;
CREATE TABLE prekey_id(id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE one_time_prekey(
  id INTEGER PRIMARY KEY,
  public_key BLOB NOT NULL,
  private_key BLOB NOT NULL) STRICT;
CREATE TABLE signed_prekey(
  id INTEGER PRIMARY KEY,
  public_key BLOB NOT NULL,
  private_key BLOB NOT NULL,
  created_at INTEGER NOT NULL) STRICT;
CREATE TABLE base_key(
  signed_prekey INTEGER NOT NULL,
  base_key BLOB NOT NULL,
  PRIMARY KEY(signed_prekey, base_key)) STRICT, WITHOUT ROWID;
CREATE TABLE "receipt_due"(
  message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE ON UPDATE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  state INTEGER NOT NULL) STRICT;
CREATE TABLE send(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER REFERENCES message,
  content BLOB NOT NULL,
  payload BLOB NOT NULL,
  digest BLOB NOT NULL,
  class INTEGER NOT NULL, amendment INTEGER REFERENCES own_amendment) STRICT;
CREATE TABLE chain(
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversation,
  sender INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  base INTEGER NOT NULL,                    -- first number meant for this device; 0: not known
  head INTEGER NOT NULL DEFAULT 0,          -- highest number that its sender has told of
  UNIQUE(conversation, sender, device, generation)) STRICT;
CREATE TABLE chain_range(
  chain INTEGER NOT NULL REFERENCES chain,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  previous BLOB,                            -- what `first` names as the content before it
  hash BLOB,                                -- of the content numbered `last`
  PRIMARY KEY(chain, first)) STRICT, WITHOUT ROWID;
CREATE TABLE fork(
  chain INTEGER NOT NULL REFERENCES chain,
  seq INTEGER NOT NULL,
  noticed_at INTEGER NOT NULL,
  PRIMARY KEY(chain, seq)) STRICT, WITHOUT ROWID;
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
CREATE TABLE expiry_claim(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number INTEGER NOT NULL, rows INTEGER NOT NULL, stamp INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE peer(
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  received INTEGER NOT NULL DEFAULT 0,      -- messages since our last turn
  since INTEGER NOT NULL DEFAULT 0,         -- when the first of them came
  turned_at INTEGER NOT NULL DEFAULT 0,
  renew INTEGER NOT NULL DEFAULT 0,         -- a new session is wanted
  renewed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(account, device)) STRICT, WITHOUT ROWID;
CREATE TABLE received_head(
  conversation INTEGER NOT NULL REFERENCES conversation,
  generation INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY(conversation, generation, account, device)) STRICT, WITHOUT ROWID;
CREATE TABLE heads_wanted(account INTEGER PRIMARY KEY REFERENCES account) STRICT;
CREATE TABLE resend(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  send INTEGER NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE INDEX resend_send ON resend(send);
CREATE INDEX resend_device ON resend(account, device, at);
CREATE TABLE resend_held(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  send INTEGER NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE(account, device, send)) STRICT;
CREATE INDEX send_message ON send(message) WHERE message IS NOT NULL;
CREATE INDEX message_hole ON message(kind, conversation, cause) WHERE kind <> 1;
CREATE TABLE send_header(
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE send_name(
  send INTEGER PRIMARY KEY,
  send_id BLOB NOT NULL,
  made_at INTEGER NOT NULL) STRICT;
CREATE TRIGGER send_removed AFTER DELETE ON send BEGIN
  DELETE FROM send_header WHERE id BETWEEN old.id * 1024 AND old.id * 1024 + 1023;
  DELETE FROM send_name WHERE send = old.id;
END;
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation,
  message INTEGER UNIQUE REFERENCES message,  -- a message of the history, or
  body BLOB,                                  -- an invisible content's body
  class INTEGER NOT NULL,
  send INTEGER,                               -- its bytes, once they are fixed
  payload_key BLOB, amendment INTEGER REFERENCES own_amendment) STRICT;
CREATE UNIQUE INDEX outbox_send ON outbox(send) WHERE send IS NOT NULL;
CREATE INDEX message_chain ON message(conversation, sender, device, generation, seq) WHERE generation > 0;
CREATE VIEW search_text AS
  SELECT id, text AS body, char(57344) || conversation AS place FROM message WHERE kind = 1;
CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search, 'row');
CREATE TABLE search_range(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  first INTEGER NOT NULL, last INTEGER NOT NULL,
  texts INTEGER NOT NULL, words_removed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE search_block(
  block INTEGER PRIMARY KEY, oldest INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE search USING fts5(body, place, content = 'search_text', content_rowid = 'id',
  tokenize = 'sotto', columnsize = 0);
CREATE TABLE search_word(id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT;
CREATE TABLE edit(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  revision INTEGER NOT NULL,
  device INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  UNIQUE(message, revision)) STRICT;
CREATE TABLE reaction(
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  account INTEGER NOT NULL REFERENCES account,
  revision INTEGER NOT NULL,
  device INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  PRIMARY KEY(message, account)) STRICT, WITHOUT ROWID;
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
CREATE UNIQUE INDEX outbox_amendment ON outbox(amendment) WHERE amendment IS NOT NULL;
CREATE INDEX send_amendment ON send(amendment) WHERE amendment IS NOT NULL;
CREATE TABLE quote(
  message INTEGER PRIMARY KEY REFERENCES message ON UPDATE CASCADE,
  target_id BLOB NOT NULL,
  target_account INTEGER NOT NULL REFERENCES account,
  target_device INTEGER NOT NULL,
  text TEXT NOT NULL) STRICT;
CREATE INDEX quote_target ON quote(target_id, target_account, target_device);
CREATE TABLE draft(
  conversation INTEGER PRIMARY KEY REFERENCES conversation,
  text TEXT NOT NULL,
  reply INTEGER REFERENCES message ON UPDATE CASCADE,
  at INTEGER NOT NULL) STRICT;
CREATE INDEX draft_reply ON draft(reply);
CREATE INDEX conversation_list ON conversation(standing, archived, pinned, newest_at);
CREATE INDEX conversation_unread ON conversation(standing, unread) WHERE unread > 0;
-- Of the messages that disappear: how long they stay, and once that time has begun, when it ends.
CREATE TABLE expiry(
  message INTEGER PRIMARY KEY REFERENCES message ON UPDATE CASCADE,
  seconds INTEGER NOT NULL,
  deadline INTEGER) STRICT;                   -- milliseconds since 1970
CREATE INDEX expiry_deadline ON expiry(deadline) WHERE deadline IS NOT NULL;
-- What both sides agreed on for new messages: the largest (revision, account, device, message id) counts.
CREATE TABLE conversation_timer(
  conversation INTEGER PRIMARY KEY REFERENCES conversation,
  seconds INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account,
  device INTEGER NOT NULL,
  message_id BLOB NOT NULL) STRICT;
-- The notices that tell of it.
CREATE TABLE timer_change(
  message INTEGER PRIMARY KEY REFERENCES message ON UPDATE CASCADE,
  seconds INTEGER NOT NULL,
  revision INTEGER NOT NULL) STRICT;
INSERT INTO search(search, rank) VALUES ('pgsz', 3900);
INSERT INTO search(search, rank) VALUES ('secure-delete', 1);

INSERT INTO account(id, key) VALUES (1, x'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1'), (2, x'b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2'), (3, x'c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3'), (4, x'd4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4');
INSERT INTO contact(id, account, name, trust, accepted, blocked) VALUES (1, 2, 'bob', 1, 1, 0), (2, 3, 'mallory', 1, 0, 0), (3, 4, 'trudy', 1, 0, 1);
INSERT INTO conversation(id, wire_id, preview, newest_at, unread, read_stamp, read_seq)
  VALUES (1, x'01010101010101010101010101010101', 'third', 30, 2, 10, 1), (2, x'02020202020202020202020202020202', 'from a stranger', 40, 1, 0, 0);
INSERT INTO conversation(id, wire_id, archived) VALUES (3, x'03030303030303030303030303030303', 1);
INSERT INTO conversation_member(conversation, account) VALUES (1, 2), (2, 3), (3, 4);
INSERT INTO message(id, message_id, sender, device, conversation, kind, state, outgoing, text, cause, generation, seq,
  content_hash, sent_at, received_at, stamp, sort_stamp) VALUES
  (1, x'11111111111111111111111111111111', 2, 1, 1, 1, 0, 0, 'first', 0, 1, 1, x'd1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1', 1, 1, 10, 10),
  (2, x'12121212121212121212121212121212', 1, 1, 1, 1, 3, 1, 'second', 0, 1, 1, x'd2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2', 2, 2, 20, 20),
  (3, x'13131313131313131313131313131313', 2, 1, 1, 2, 0, 0, '', 3, 0, 0, NULL, 3, 3, 25, 25),
  (4, x'14141414141414141414141414141414', 2, 1, 1, 1, 0, 0, 'third', 0, 1, 3, x'd4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4', 3, 3, 30, 30),
  (5, x'15151515151515151515151515151515', 3, 1, 2, 1, 0, 0, 'from a stranger', 0, 1, 1, x'd5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5', 4, 4, 40, 40),
  (6, x'16161616161616161616161616161616', 1, 1, 1, 1, 2, 1, 'on its way', 0, 1, 2, x'd6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6', 5, 5, 0, 9223372036854775807);
INSERT INTO placeholder(message, sender, device, send_id, header_hash, header, payload, stamp, bytes)
  VALUES (3, 2, 1, x'e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1', x'e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2', x'01', x'02', 25, 2);
INSERT INTO send(id, message, content, payload, digest, class) VALUES (1, 6, x'02', x'03', x'f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1', 0);
INSERT INTO send_name(send, send_id, made_at) VALUES (1, x'f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2', 5);
INSERT INTO outbox(id, conversation, message, class, send, payload_key) VALUES (1, 1, 6, 0, 1, x'f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3');
INSERT INTO outbox(id, conversation, body, class) VALUES (2, 1, x'08', 1);
INSERT INTO search_range(id, first, last, texts) VALUES (1, 1, 5, 4);
INSERT INTO search(rowid, body, place) SELECT id, body, place FROM search_text WHERE id <= 5;
INSERT INTO search_word(words) VALUES ('first' || char(10) || 'second' || char(10) || 'third' || char(10) || 'from' || char(10) || 'a' || char(10) || 'stranger');
INSERT INTO search_block(block, oldest, newest) VALUES (0, 0, 5);
UPDATE message SET text = 'third, at last', revision = 1, extras = 1 WHERE id = 4;
INSERT INTO search(search, rowid, body, place) VALUES ('delete', 4, 'third', char(57344) || 1);
INSERT INTO search(rowid, body, place) SELECT id, body, place FROM search_text WHERE id = 4;
INSERT INTO search_word(words) VALUES ('at' || char(10) || 'last');
INSERT INTO edit(message, revision, device, generation, seq, text, sent_at) VALUES (4, 0, 1, 1, 3, 'third', 3), (4, 1, 1, 1, 4, 'third, at last', 6);
INSERT INTO reaction(message, account, revision, device, generation, seq, emoji, sent_at) VALUES (4, 1, 1, 1, 1, 3, '+', 7);
INSERT INTO own_amendment(id, conversation, message, content_id, kind, state, body, generation, seq, sent_at) VALUES (1, 1, 4, x'17171717171717171717171717171717', 3, 3, x'', 1, 3, 7);
UPDATE message SET extras = 4 WHERE id = 2;
INSERT INTO quote(message, target_id, target_account, target_device, text) VALUES (2, x'11111111111111111111111111111111', 2, 1, 'first');
INSERT INTO draft(conversation, text, reply, at) VALUES (1, 'begun', 4, 8);
UPDATE conversation SET standing = 1 WHERE id = 2;
UPDATE conversation SET standing = 2, archived = 0 WHERE id = 3;
UPDATE message SET extras = 12 WHERE id = 2;
UPDATE message SET extras = 9 WHERE id = 4;
INSERT INTO message(id, message_id, sender, device, conversation, kind, state, outgoing, text, cause, generation, seq,
  content_hash, sent_at, received_at, stamp, sort_stamp, extras) VALUES
  (7, x'18181818181818181818181818181818', 1, 1, 1, 3, 2, 1, '', 0, 1, 4, NULL, 9, 9, 22, 22, 16),
  (8, x'19191919191919191919191919191919', 2, 1, 1, 6, 0, 0, '', 0, 1, 2, NULL, 9, 9, 23, 23, 0);
INSERT INTO expiry(message, seconds, deadline) VALUES (2, 3600, 4102444800000), (4, 60, NULL);
INSERT INTO conversation_timer(conversation, seconds, revision, account, device, message_id)
  VALUES (1, 3600, 1, 1, 1, x'18181818181818181818181818181818');
INSERT INTO timer_change(message, seconds, revision) VALUES (7, 3600, 1);
