// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The ninth migration: what a message answers, and how the list of conversations is kept.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kConversationTables = R"sql(
-- What a message answers: the message it names, and the copy of its beginning that came along.
CREATE TABLE quote(
  message INTEGER PRIMARY KEY REFERENCES message ON UPDATE CASCADE,
  target_id BLOB NOT NULL,
  target_account INTEGER NOT NULL REFERENCES account,
  target_device INTEGER NOT NULL,
  text TEXT NOT NULL) STRICT;                 -- empty once the original was deleted
CREATE INDEX quote_target ON quote(target_id, target_account, target_device);

ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;  -- milliseconds since 1970
DROP INDEX conversation_list;
CREATE INDEX conversation_list ON conversation(archived, pinned, newest_at);

-- What was begun and not sent. A row goes when it is empty.
CREATE TABLE draft(
  conversation INTEGER PRIMARY KEY REFERENCES conversation,
  text TEXT NOT NULL,
  reply INTEGER REFERENCES message ON UPDATE CASCADE,
  at INTEGER NOT NULL) STRICT;
CREATE INDEX draft_reply ON draft(reply);
)sql";

} // namespace sotto::core
