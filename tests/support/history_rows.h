// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Contacts, conversations and messages, written straight into a client's tables: a long history in seconds.

#include "core/storage/conversation_store.h"

#include <stdexcept>

namespace sotto::test {

class HistoryRows {
public:
    /// Adds `conversations` of them, each with somebody of its own. own: already an account of the database.
    HistoryRows(db::Database& database, std::size_t conversations, const AccountId& own)
        : m_database(database) {
        const auto made = m_database.transaction([&] {
            m_own = integer("SELECT id FROM account WHERE key = ?", own);
            m_before = integer("SELECT coalesce(max(id), 0) FROM conversation");
            for (std::size_t i = 1; i <= conversations; ++i) {
                const AccountId account = accountOf(i);
                m_database.run("INSERT INTO account(key) VALUES (?)", account);
                m_accounts.push_back(m_database.lastInsertId());
                m_database.run("INSERT INTO contact(account, name, trust, accepted) VALUES (?, ?, 1, 1)",
                               m_accounts.back(), "name" + std::to_string(i));
                m_database.run("INSERT INTO conversation(id, wire_id) VALUES (?, ?)", conversation(i),
                               core::directConversationId(own, account));
                m_database.run("INSERT INTO conversation_member(conversation, account) VALUES (?, ?)",
                               conversation(i), m_accounts.back());
            }
        });
        if (!made) {
            throw std::runtime_error("no conversations");
        }
    }
    static AccountId accountOf(std::size_t i) {
        Bytes bytes(AccountId::kSize, 0x5A);
        for (std::size_t at = 0; at < 8; ++at) {
            bytes[at] = static_cast<std::uint8_t>(i >> (8 * at));
        }
        return *AccountId::from(bytes);
    }

    /// To the conversation counted from 1, inside a transaction. Every third one is one's own.
    void add(std::size_t conversationNumber, std::string_view text, std::int64_t atMs) {
        const std::size_t row = ++m_messages;
        const bool own = row % 3 == 0;
        Bytes id(MessageId::kSize, 0);
        std::uint64_t mixed = row * 0x9E3779B97F4A7C15U; // ids are random: their index is scattered
        for (std::size_t at = 0; at < 8; ++at) {
            id[at] = static_cast<std::uint8_t>(mixed >> (8 * at));
        }
        const std::int64_t stamp = atMs << 16U;
        m_database.run(
            "INSERT INTO message(message_id, sender, device, conversation, kind, state, outgoing, text, "
            "generation, seq, content_hash, sent_at, received_at, stamp, sort_stamp) "
            "VALUES (?, ?, 1, ?, 1, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
            BytesView(id), own ? m_own : m_accounts.at(conversationNumber - 1),
            conversation(conversationNumber), own ? 3 : 0, own, text, row, BytesView(m_hash), atMs, atMs,
            stamp, stamp);
    }
    /// After the last: the list of conversations shows the newest message of each.
    void finish() {
        const auto done = m_database.transaction([&] {
            for (std::size_t i = 1; i <= m_accounts.size(); ++i) {
                m_database.run(
                    "UPDATE conversation SET (newest_at, preview) = (SELECT received_at, substr(text, 1, 80) "
                    "FROM message WHERE conversation = ?1 AND kind <> 6 ORDER BY sort_stamp DESC LIMIT 1) "
                    "WHERE id = ?1 "
                    "AND EXISTS (SELECT 1 FROM message WHERE conversation = ?1 AND kind <> 6)",
                    conversation(i));
            }
        });
        if (!done) {
            throw std::runtime_error("no list");
        }
    }

private:
    template <class... Values>
    std::int64_t integer(std::string_view sql, const Values&... values) {
        auto rows = m_database.query(sql, values...);
        if (!rows.next()) {
            throw std::runtime_error("not in the database");
        }
        return rows.integer(0);
    }
    std::int64_t conversation(std::size_t number) const {
        return m_before + static_cast<std::int64_t>(number);
    }

    db::Database& m_database;
    std::int64_t m_own = 0;
    std::int64_t m_before = 0;
    std::vector<std::int64_t> m_accounts;
    Bytes m_hash = Bytes(32, 0x11);
    std::size_t m_messages = 0;
};

} // namespace sotto::test
