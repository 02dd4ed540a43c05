// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A history of many messages, written straight into a client's tables.

#include "core/search/search.h"
#include "core/storage/conversation_store.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"

#include <filesystem>

namespace sotto::test {

class HistoryFixture {
public:
    /// A new database of `conversations` conversations, each with somebody of its own; key as in OpenOptions.
    HistoryFixture(const std::filesystem::path& file, std::size_t conversations,
                   const db::DatabaseKey* key = nullptr)
        : m_database(open(file, key)) {
        if (!db::migrate(m_database, core::clientMigrations())) {
            throw std::runtime_error("no database");
        }
        const auto made = m_database.transaction([&] {
            for (std::size_t i = 0; i <= conversations; ++i) { // the first account is one's own
                AccountId account = accountOf(i);
                m_database.run("INSERT INTO account(id, key) VALUES (?, ?)", i + 1, account);
                if (i > 0) {
                    m_database.run("INSERT INTO contact(account, name, trust, accepted) VALUES (?, ?, 1, 1)",
                                   i + 1, "name" + std::to_string(i));
                    m_database.run("INSERT INTO conversation(id, wire_id) VALUES (?, ?)", i, account);
                    m_database.run("INSERT INTO conversation_member(conversation, account) VALUES (?, ?)", i,
                                   i + 1);
                }
            }
        });
        if (!made) {
            throw std::runtime_error("no conversations");
        }
    }
    static db::Database open(const std::filesystem::path& file, const db::DatabaseKey* key) {
        db::OpenOptions options;
        options.key = key;
        options.tokenizer = &core::searchTokenizer();
        return db::Database::open(file, options).value();
    }
    static AccountId accountOf(std::size_t i) {
        Bytes bytes(AccountId::kSize, 0x5A);
        for (std::size_t at = 0; at < 8; ++at) {
            bytes[at] = static_cast<std::uint8_t>(i >> (8 * at));
        }
        return *AccountId::from(bytes);
    }

    /// Inside a transaction. Every third one is one's own.
    void add(std::size_t conversation, std::string_view text, std::int64_t atMs) {
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
            BytesView(id), own ? std::size_t{1} : conversation + 1, conversation, own ? 3 : 0, own, text, row,
            BytesView(m_hash), atMs, atMs, stamp, stamp);
    }
    void indexAll() {
        while (m_index.indexSlice().value()) {
        }
    }

    db::Database& database() { return m_database; }
    core::SearchIndex& index() { return m_index; }
    core::SearchPage search(const core::SearchFilter& filter, const std::string& cursor, std::size_t limit,
                            core::SearchOrder order = core::SearchOrder::Newest) {
        return core::Search(m_database, m_index, m_store).page(filter, cursor, limit, order);
    }
    /// A search for what was typed: texts only.
    core::SearchPage search(const std::string& typed, const std::string& cursor = {}, std::size_t limit = 20,
                            core::SearchOrder order = core::SearchOrder::Newest) {
        core::SearchFilter filter;
        filter.terms = core::parseQuery(typed).value().terms;
        return search(filter, cursor, limit, order);
    }

private:
    db::Database m_database;
    core::SearchIndex m_index{m_database};
    core::MessageStore m_store{m_database};
    Bytes m_hash = Bytes(32, 0x11);
    std::size_t m_messages = 0;
};

} // namespace sotto::test
