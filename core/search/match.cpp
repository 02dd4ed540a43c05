// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/match.h"

#include "core/search/edits.h"
#include "core/text/fold.h"
#include "core/text/utf8.h"
#include "core/text/words.h"

#include <algorithm>
#include <cmath>

namespace sotto::core {
namespace {

constexpr std::size_t kSnippetBytes = 160;
constexpr std::size_t kSnippetBefore = 48;
constexpr std::size_t kMostMarks = 100;

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Calls f(begin, end) for the words that lie within what is forgiven for the term.
template <class F>
void forEachNear(std::string_view folded, const std::string& term, F f) {
    const EditDistance distance(term);
    const int forgiven = EditDistance::forgiven(distance.letters());
    for (const Word& word : wordsOf(folded)) {
        if (!word.alone &&
            distance.to(folded.substr(word.begin, word.end - word.begin), forgiven) <= forgiven) {
            f(word.begin, word.end);
        }
    }
}

bool isNear(std::string_view folded, const std::string& term) {
    bool found = false;
    if (isForgiving(term)) {
        forEachNear(folded, term, [&](std::size_t, std::size_t) { found = true; });
    }
    return found;
}

} // namespace

bool isForgiving(std::string_view folded) {
    const auto words = wordsOf(folded);
    return words.size() == 1 && !words.front().alone && words.front().begin == 0 &&
           words.front().end == folded.size() && EditDistance::forgiven(EditDistance(folded).letters()) > 0;
}

bool hasLink(std::string_view text) {
    const std::string folded = fold(text);
    return contains(folded, "http://") || contains(folded, "https://") || contains(folded, "sotto://") ||
           contains(folded, "www.");
}

Matcher::Matcher(std::vector<QueryTerm> terms)
    : m_terms(std::move(terms)) {}

bool Matcher::matches(std::string_view text) const {
    if (m_terms.empty()) {
        return true;
    }
    const std::string folded = fold(text);
    return std::ranges::all_of(
        m_terms, [&](const QueryTerm& term) { return contains(folded, term.text) != term.negated; });
}

bool Matcher::matchesNearly(std::string_view text) const {
    const std::string folded = fold(text);
    return std::ranges::all_of(m_terms, [&](const QueryTerm& term) {
        return term.negated ? !contains(folded, term.text)
                            : contains(folded, term.text) || isNear(folded, term.text);
    });
}

std::vector<TextRange> Matcher::marks(std::string_view text, bool nearly) const {
    const FoldedText folded = foldWithOrigins(text);
    std::vector<TextRange> marks;
    const auto add = [&](std::size_t begin, std::size_t end) {
        // Up to where the next code point of the original begins that left a trace: accents belong to their
        // letter.
        std::size_t last = end;
        while (last < folded.text.size() && folded.origins[last] == folded.origins[end - 1]) {
            ++last;
        }
        marks.push_back({folded.origins[begin], folded.origins[last]});
    };
    for (const QueryTerm& term : m_terms) {
        if (term.negated) {
            continue;
        }
        const std::size_t before = marks.size();
        for (std::size_t at = folded.text.find(term.text);
             at != std::string::npos && marks.size() < kMostMarks;
             at = folded.text.find(term.text, at + term.text.size())) {
            add(at, at + term.text.size());
        }
        if (nearly && marks.size() == before && isForgiving(term.text)) {
            forEachNear(folded.text, term.text, add);
        }
    }
    std::ranges::sort(marks, {}, [](const TextRange& mark) { return std::pair(mark.begin, mark.end); });
    std::vector<TextRange> apart;
    for (const TextRange& mark : marks) {
        if (!apart.empty() && mark.begin <= apart.back().end) {
            apart.back().end = std::max(apart.back().end, mark.end);
        } else {
            apart.push_back(mark);
        }
    }
    return apart;
}

double Matcher::score(std::string_view text) const {
    const std::string folded = fold(text);
    const auto words = wordsOf(folded);
    double score = 0;
    for (const QueryTerm& term : m_terms) {
        if (term.negated) {
            continue;
        }
        double best = 0;
        int times = 0;
        for (std::size_t at = folded.find(term.text); at != std::string::npos;
             at = folded.find(term.text, at + term.text.size())) {
            ++times;
            const std::size_t end = at + term.text.size();
            const bool begins = std::ranges::binary_search(words, at, {}, &Word::begin);
            const bool ends = std::ranges::binary_search(words, end, {}, &Word::end);
            best = std::max(best, begins && ends ? 4.0 : begins ? 2.0 : 1.0);
        }
        score += best * (1 + std::log(std::max(times, 1)));
    }
    return score / (4 + std::log(1 + static_cast<double>(words.size())));
}

TextRange snippetOf(std::string_view text, const std::vector<TextRange>& marks) {
    if (text.size() <= kSnippetBytes) {
        return {0, text.size()};
    }
    const std::size_t mark = marks.empty() ? 0 : marks.front().begin;
    const std::size_t begin =
        std::min(mark > kSnippetBefore ? mark - kSnippetBefore : 0, text.size() - kSnippetBytes);
    return {codePointAfter(text, begin), codePointBefore(text, begin + kSnippetBytes)};
}

} // namespace sotto::core
