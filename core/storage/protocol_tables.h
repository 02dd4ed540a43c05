// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What crypto keeps in history.db, in its first version (protocol_store.h). Part of the first migration.

#include <string_view>

namespace sotto::core {

inline constexpr std::string_view kProtocolTables = R"sql(
-- A ratchet's record is some hundred bytes to 182 kB: too long for the keys of an index, so with row ids.
CREATE TABLE session(
  id INTEGER PRIMARY KEY,
  account BLOB NOT NULL,
  device INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE(account, device)) STRICT;

-- Every prekey id ever given out, signed and one-time together: none is given out twice (R17).
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

-- Base keys of sessions started with a signed prekey alone; they go with it, and not before.
CREATE TABLE base_key(
  signed_prekey INTEGER NOT NULL,
  base_key BLOB NOT NULL,
  PRIMARY KEY(signed_prekey, base_key)) STRICT, WITHOUT ROWID;
)sql";

} // namespace sotto::core
