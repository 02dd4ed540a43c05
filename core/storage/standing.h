// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// In which part of the list a conversation stands follows from its contact. Kept in its row, so that a page
/// of the list is one walk through an index; whoever changes a contact or a membership settles it anew.

#include "core/storage/account_store.h"

namespace sotto::core {

/// Of all conversations with the account. Whatever is not accepted leaves the archive.
/// account: its row in table `account`. Inside a transaction.
void settleStanding(db::Database& database, AccountKeyRow account);
/// Of every conversation: where rows were written without their stores.
void settleStandings(db::Database& database);

} // namespace sotto::core
