// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Whether a text is what was asked for, decided by the text itself and not by any index: that a term stands
/// somewhere in it once both are folded.

#include "core/search/query.h"
#include "core/types/search.h"

namespace sotto::core {

class Matcher {
public:
    explicit Matcher(std::vector<QueryTerm> terms);

    bool matches(std::string_view text) const;
    /// The same, where a word may stand for another that is a mistake or two away.
    bool matchesNearly(std::string_view text) const;
    /// What matches, in the whole text. With `nearly` also what only stands for a term.
    std::vector<TextRange> marks(std::string_view text, bool nearly) const;
    /// Higher is better: whole words, their beginnings, many of them, in few words.
    double score(std::string_view text) const;

    const std::vector<QueryTerm>& terms() const { return m_terms; }

private:
    std::vector<QueryTerm> m_terms;
};

/// Whether mistakes in a term are forgiven: a single word of an alphabet, long enough.
bool isForgiving(std::string_view folded);
/// Names a place on the Web.
bool hasLink(std::string_view text);
/// A piece of the text around its first mark: whole code points, at most some 160 bytes.
TextRange snippetOf(std::string_view text, const std::vector<TextRange>& marks);

} // namespace sotto::core
