// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What messages answer: the original they name, and the copy of its beginning that came along. Whether the
/// copy is true is looked at when it is read.

#include "core/storage/account_store.h"
#include "core/types/message.h"

#include <vector>

namespace sotto::core {

class QuoteStore {
public:
    explicit QuoteStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    /// The message's row must be there. No copy is kept of an original that is deleted here.
    void add(MessageKey message, ConversationKey conversation, const Quote& quote);
    std::optional<Quote> of(MessageKey message) const;
    /// The original is deleted: no copy of it stays, neither here nor in what is kept to be sent again.
    /// Returns the messages that answer it.
    std::vector<MessageKey> forget(const MessageName& original);
    /// The message itself is deleted.
    void erase(MessageKey message);

private:
    QuoteState stateOf(ConversationKey conversation, const Quote& quote) const;
    db::Database& m_database;
    AccountStore m_accounts;
};

/// What of an original a quote carries: its first kQuoteBytes, cut between code points.
std::string_view quoteOf(std::string_view original);

} // namespace sotto::core
