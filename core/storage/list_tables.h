// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The fourth migration: indexes for what a person waits for when the history is long.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kListTables = R"sql(
-- The list of conversations, newest first, page by page.
CREATE INDEX conversation_list ON conversation(newest_at);
-- The few lines that stand for something missing, among millions that do not.
CREATE INDEX message_hole ON message(kind, conversation, cause) WHERE kind <> 1;
)sql";

} // namespace sotto::core
