// SPDX-License-Identifier: GPL-3.0-or-later
/// What somebody types into the search box: no query makes the index or SQL fail, every hit holds what it
/// claims, and marks and snippets lie in the text. An input is the query.
#include "core/text/fold.h"
#include "tests/fuzz/fuzzed.h"
#include "tests/support/chatter.h"
#include "tests/support/history_fixture.h"

#include <cstdlib>

using namespace sotto;
using namespace sotto::core;

namespace {

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

/// Some messages in memory, half of them indexed.
test::HistoryFixture& history() {
    static test::HistoryFixture* const kHistory = [] {
        auto* made = new test::HistoryFixture(":memory:", 5);
        test::Chatter chatter(3, 300);
        for (int half = 0; half < 2; ++half) {
            need(made->database()
                     .transaction([&] {
                         for (int i = 0; i < 150; ++i) {
                             made->add(1 + chatter.below(5), chatter.next(), 1'700'000'000'000 + i);
                         }
                     })
                     .has_value());
            if (half == 0) {
                made->indexAll();
            }
        }
        return made;
    }();
    return *kHistory;
}

} // namespace

bool fuzzed(BytesView input) {
    const std::string typed(input.begin(), input.end());
    need(fold(fold(typed)) == fold(typed));
    const auto query = parseQuery(typed);
    if (!query) {
        need(!query.error().text.empty() && query.error().at <= typed.size());
        return false;
    }
    SearchFilter filter;
    filter.terms = query->terms;
    filter.link = query->link;
    filter.unread = query->unread;
    for (const SearchOrder order : {SearchOrder::Newest, SearchOrder::Relevance}) {
        std::string cursor;
        for (int pages = 0; pages < 3; ++pages) {
            const auto page = db::attempt([&] { return history().search(filter, cursor, 7, order); });
            need(page.has_value() && page->hits.size() <= 7);
            for (const SearchHit& hit : page->hits) {
                const std::string& text = hit.message.text;
                const Matcher matcher(filter.terms);
                need(hit.approximate ? matcher.matchesNearly(text) : matcher.matches(text));
                need(hit.snippet.begin <= hit.snippet.end && hit.snippet.end <= text.size());
                std::size_t end = 0;
                for (const TextRange& mark : hit.marks) {
                    need(mark.begin >= end && mark.begin < mark.end && mark.end <= text.size());
                    end = mark.end;
                }
            }
            if (page->next.empty()) {
                break;
            }
            need(Search::isCursor(page->next));
            cursor = page->next;
        }
    }
    return true;
}
