// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the index is asked for a query: words it must have, from which every message that matches can be
/// found. Made of folded words in quotes and nothing that was typed.

#include "core/search/query.h"
#include "core/search/vocabulary.h"

#include <functional>
#include <set>

namespace sotto::core {

struct Expression {
    enum class Kind {
        Nothing,  ///< no message of the index can match
        Anything, ///< the index does not narrow this down
        Match,    ///< `text`, for MATCH
    };
    Kind kind = Kind::Anything;
    std::string text;
};

/// Asked for only when it is needed: loading it takes time.
using VocabularySource = std::function<Vocabulary&()>;

/// places: conversations to look in; empty: all.
Expression expressionFor(const std::vector<QueryTerm>& terms, const std::set<std::int64_t>& places,
                         const VocabularySource& vocabulary);
/// The same where each forgiving term may be any of these words instead.
Expression expressionFor(const std::vector<std::vector<std::string>>& alternatives,
                         const std::set<std::int64_t>& places);

} // namespace sotto::core
