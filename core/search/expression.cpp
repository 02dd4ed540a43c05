// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/expression.h"

#include "core/text/utf8.h"
#include "core/text/words.h"

namespace sotto::core {
namespace {

/// More words than that with a part in common: the part is so frequent that reading the newest messages finds
/// it.
constexpr std::size_t kMostAlternatives = 300;

/// Words are letters, digits and signs: a quote is in none of them.
std::string inQuotes(std::string_view words) {
    return '"' + std::string(words) + '"';
}

std::string anyOf(const std::vector<std::string>& words) {
    std::string text = "(";
    for (const std::string& word : words) {
        text += (text.size() > 1 ? " OR " : "") + inQuotes(word);
    }
    return text + ")";
}

class Builder {
public:
    explicit Builder(const VocabularySource& vocabulary)
        : m_vocabulary(vocabulary) {}

    void add(const std::string& term) {
        const auto words = wordsOf(term);
        for (std::size_t i = 0; i < words.size() && !m_nothing; ++i) {
            const std::string word = term.substr(words[i].begin, words[i].end - words[i].begin);
            // A cut in the middle of a run says nothing about how the index cut it.
            const bool isPiece = word.size() > kLongestWord / 2;
            // At its ends the term may begin or end inside a word.
            const bool openBefore = !words[i].alone && words[i].begin == 0;
            const bool openAfter = !words[i].alone && words[i].end == term.size();
            if (isPiece) {
                endPhrase();
                constexpr std::size_t kEnough = kLongestWord / 2 - 4;
                addParts(m_vocabulary().containing(
                    std::string_view(word).substr(0, codePointBefore(word, kEnough)), kMostAlternatives));
                break;
            }
            if (openBefore) {
                Vocabulary& vocabulary = m_vocabulary();
                addParts(openAfter ? vocabulary.containing(word, kMostAlternatives)
                                   : vocabulary.endingWith(word, kMostAlternatives));
            } else if (openAfter) {
                addParts(m_vocabulary().beginningWith(word, kMostAlternatives));
            } else {
                m_phrase += (m_phrase.empty() ? "" : " ") + word;
            }
        }
        endPhrase();
    }

    bool isNothing() const { return m_nothing; }
    const std::vector<std::string>& groups() const { return m_groups; }

private:
    void addParts(const std::optional<std::vector<std::string>>& words) {
        if (!words) {
            return; // too many to help
        }
        if (words->empty()) {
            m_nothing = true;
        } else {
            m_groups.push_back(anyOf(*words));
        }
    }
    void endPhrase() {
        if (!m_phrase.empty()) {
            m_groups.push_back(inQuotes(m_phrase));
        }
        m_phrase.clear();
    }

    const VocabularySource& m_vocabulary;
    std::vector<std::string> m_groups;
    std::string m_phrase;
    bool m_nothing = false;
};

Expression joined(const std::vector<std::string>& groups, const std::set<std::int64_t>& places) {
    Expression expression;
    if (groups.empty() && places.empty()) {
        return expression;
    }
    expression.kind = Expression::Kind::Match;
    std::string body;
    for (const std::string& group : groups) {
        body += (body.empty() ? "" : " AND ") + group;
    }
    if (!body.empty()) {
        expression.text = "body : (" + body + ")";
    }
    if (!places.empty()) {
        std::vector<std::string> words;
        for (const std::int64_t place : places) {
            words.push_back(std::string(kPlaceMark) + std::to_string(place));
        }
        expression.text += (body.empty() ? "" : " AND ") + ("place : " + anyOf(words));
    }
    return expression;
}

} // namespace

Expression expressionFor(const std::vector<QueryTerm>& terms, const std::set<std::int64_t>& places,
                         const VocabularySource& vocabulary) {
    Builder builder(vocabulary);
    for (const QueryTerm& term : terms) {
        if (!term.negated) {
            builder.add(term.text);
        }
    }
    if (builder.isNothing()) {
        return {Expression::Kind::Nothing, {}};
    }
    return joined(builder.groups(), places);
}

Expression expressionFor(const std::vector<std::vector<std::string>>& alternatives,
                         const std::set<std::int64_t>& places) {
    std::vector<std::string> groups;
    for (const auto& words : alternatives) {
        groups.push_back(anyOf(words));
    }
    return joined(groups, places);
}

} // namespace sotto::core
