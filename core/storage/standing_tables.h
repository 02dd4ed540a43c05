// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The eleventh migration: conversations with strangers and with the blocked stand apart.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kStandingTables = R"sql(
-- Standing: 0 among the others, 1 a request, 2 blocked. Follows from the member's contact (storage/standing.h).
ALTER TABLE conversation ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET standing = coalesce((SELECT max(CASE WHEN c.blocked <> 0 THEN 2 WHEN c.accepted = 0
  THEN 1 ELSE 0 END) FROM conversation_member m JOIN contact c ON c.account = m.account
  WHERE m.conversation = conversation.id), 0);
UPDATE conversation SET archived = 0 WHERE standing <> 0;
DROP INDEX conversation_list;
CREATE INDEX conversation_list ON conversation(standing, archived, pinned, newest_at);
-- The few with something unread, among thousands.
CREATE INDEX conversation_unread ON conversation(standing, unread) WHERE unread > 0;
)sql";

} // namespace sotto::core
