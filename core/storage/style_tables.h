// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Of the thirteenth migration: how texts look (docs/decisions/0032).

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kStyleTables = R"sql(
-- Of the texts that have looks, by their revision: 0 is the first. The form of `ranges` is StyleStore's.
CREATE TABLE style(
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES message ON UPDATE CASCADE,
  revision INTEGER NOT NULL,
  ranges BLOB NOT NULL,
  UNIQUE(message, revision)) STRICT;
-- An edit that came before its message has them with it.
ALTER TABLE early_amendment ADD COLUMN styles BLOB NOT NULL DEFAULT x'';
)sql";

} // namespace sotto::core
