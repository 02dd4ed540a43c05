// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The twelfth migration: messages that disappear (docs/decisions/0031).

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kExpiryTables = R"sql(
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
-- What has disappeared stands in no page: its rows are only there to know it again.
DROP INDEX message_order;
CREATE INDEX message_order ON message(conversation, sort_stamp, seq) WHERE kind <> 6;
)sql";

} // namespace sotto::core
