// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A history of many messages, written straight into a client's tables.

#include "core/search/search.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"
#include "tests/support/history_rows.h"

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
        m_database.run("INSERT INTO account(key) VALUES (?)", HistoryRows::accountOf(0));
        m_rows.emplace(m_database, conversations, HistoryRows::accountOf(0));
    }
    static db::Database open(const std::filesystem::path& file, const db::DatabaseKey* key) {
        db::OpenOptions options;
        options.key = key;
        options.tokenizer = &core::searchTokenizer();
        return db::Database::open(file, options).value();
    }
    /// Inside a transaction.
    void add(std::size_t conversation, std::string_view text, std::int64_t atMs) {
        m_rows->add(conversation, text, atMs);
    }
    void finish() { m_rows->finish(); }
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
    std::optional<HistoryRows> m_rows;
};

} // namespace sotto::test
