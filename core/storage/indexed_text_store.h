// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The search index as far as deleting goes (core/search fills it and asks it): takes a message out of it so
/// that no page of the database tells what it said.

#include "core/db/database.h"
#include "core/types/message.h"

#include <set>
#include <vector>

namespace sotto::core {

class IndexedTextStore {
public:
    explicit IndexedTextStore(db::Database& database)
        : m_database(database) {}

    /// While its text is still in the history. Nothing when it is not indexed.
    void remove(MessageKey key);
    /// Another text for a message of the history, and for the index if it is in there: of the old one no page
    /// of the database tells any more.
    void replace(MessageKey key, std::string_view text);

private:
    struct Place {
        std::string text;
        bool isIndexed = false;
    };
    std::optional<Place> placeOf(MessageKey key) const;
    bool isIndexed(const std::string& word) const;
    std::vector<std::string> unindexed(const std::set<std::string>& words,
                                       const std::set<std::string>& except) const;
    void noteChangedWords();
    void removeWords(const std::vector<std::string>& words);
    db::Database& m_database;
};

} // namespace sotto::core
