// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The search index as far as deleting goes (core/search fills it and asks it): takes a message out of it so
/// that no page of the database tells what it said.

#include "core/db/database.h"
#include "core/types/message.h"

#include <vector>

namespace sotto::core {

class IndexedTextStore {
public:
    explicit IndexedTextStore(db::Database& database)
        : m_database(database) {}

    /// While its text is still in the history. Nothing when it is not indexed.
    void remove(MessageKey key);

private:
    bool isIndexed(const std::string& word) const;
    void removeWords(const std::vector<std::string>& words);
    db::Database& m_database;
};

} // namespace sotto::core
