// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/quote_store.h"

namespace sotto::core {

std::string_view quoteOf(std::string_view original) {
    std::size_t bytes = std::min(original.size(), kQuoteBytes);
    while (bytes > 0 && bytes < original.size() &&
           (static_cast<unsigned char>(original[bytes]) & 0xC0U) == 0x80U) {
        --bytes;
    }
    return original.substr(0, bytes);
}

QuoteState QuoteStore::stateOf(ConversationKey conversation, const Quote& quote) const {
    auto original = m_database.query("SELECT id, kind, text, revision FROM message WHERE message_id = ? AND "
                                     "sender = ? AND device = ? AND conversation = ?",
                                     quote.target.id, m_accounts.find(quote.target.sender.account),
                                     quote.target.sender.device, conversation);
    if (!original.next()) {
        return QuoteState::Missing;
    }
    if (original.as<MessageKind>(1) != MessageKind::Text) {
        return QuoteState::Deleted;
    }
    if (quoteOf(original.textView(2)) == quote.text) {
        return QuoteState::Verified;
    }
    // It may have been edited since.
    for (auto versions = m_database.query("SELECT text FROM edit WHERE message = ?", original.integer(0));
         original.integer(3) != 0 && versions.next();) {
        if (quoteOf(versions.textView(0)) == quote.text) {
            return QuoteState::Verified;
        }
    }
    return QuoteState::Altered;
}

void QuoteStore::add(MessageKey message, ConversationKey conversation, const Quote& quote) {
    const bool isDeleted = stateOf(conversation, quote) == QuoteState::Deleted;
    m_database.run("INSERT INTO quote(message, target_id, target_account, target_device, text) "
                   "VALUES (?, ?, ?, ?, ?)",
                   message, quote.target.id, m_accounts.rowOf(quote.target.sender.account),
                   quote.target.sender.device, isDeleted ? std::string_view() : quote.text);
    m_database.run("UPDATE message SET extras = extras | ?2 WHERE id = ?1", message, kHasQuote);
}

std::optional<Quote> QuoteStore::of(MessageKey message) const {
    auto rows = m_database.query("SELECT a.key, q.target_device, q.target_id, q.text, m.conversation "
                                 "FROM quote q JOIN account a ON a.id = q.target_account "
                                 "JOIN message m ON m.id = q.message WHERE q.message = ?",
                                 message);
    if (!rows.next()) {
        return std::nullopt;
    }
    Quote quote{{{rows.fixed<AccountId>(0), rows.as<DeviceNumber>(1)}, rows.fixed<MessageId>(2)},
                rows.text(3),
                QuoteState::Missing};
    quote.state = stateOf(rows.as<ConversationKey>(4), quote);
    return quote;
}

std::vector<MessageKey> QuoteStore::forget(const MessageName& original) {
    std::vector<MessageKey> answers;
    for (auto rows =
             m_database.query("SELECT message FROM quote WHERE target_id = ? AND target_account = ? "
                              "AND target_device = ?",
                              original.id, m_accounts.find(original.sender.account), original.sender.device);
         rows.next();) {
        answers.push_back(rows.as<MessageKey>(0));
    }
    for (const MessageKey answer : answers) {
        m_database.run("UPDATE quote SET text = '' WHERE message = ?", answer);
        m_database.run("UPDATE send SET content = x'' WHERE message = ?", answer);
    }
    return answers;
}

void QuoteStore::erase(MessageKey message) {
    m_database.run("DELETE FROM quote WHERE message = ?", message);
    m_database.run("UPDATE message SET extras = extras & ~?2 WHERE id = ?1", message, kHasQuote);
}

} // namespace sotto::core
