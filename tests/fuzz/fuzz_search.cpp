// SPDX-License-Identifier: GPL-3.0-or-later
/// What somebody types into the search box: no query makes the index or SQL fail, every hit holds what it
/// claims, and marks and snippets lie in the text. An input is the query. SOTTO_FUZZ_MESSAGES: how long the
/// history is; SOTTO_FUZZ_MILLISECONDS: no page of hits may take the processor longer, and the slowest so far
/// is told.
#include "core/text/fold.h"
#include "tests/fuzz/fuzzed.h"
#include "tests/support/chatter.h"
#include "tests/support/history_fixture.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>

using namespace sotto;
using namespace sotto::core;

namespace {

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

long numberFrom(const char* variable, long usual) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtol(text, nullptr, 10) : usual;
}

/// Some messages in memory, half of them indexed.
test::HistoryFixture& history() {
    static test::HistoryFixture* const kHistory = [] {
        const long messages = numberFrom("SOTTO_FUZZ_MESSAGES", 300);
        auto* made = new test::HistoryFixture(":memory:", 5);
        test::Chatter chatter(3, 300);
        for (int half = 0; half < 2; ++half) {
            need(made->database()
                     .transaction([&] {
                         for (long i = 0; i < messages / 2; ++i) {
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

/// One page, which is what somebody waits for.
Expected<SearchPage, db::Error> pageOf(const SearchFilter& filter, const std::string& cursor,
                                       SearchOrder order) {
    static const long kMost = numberFrom("SOTTO_FUZZ_MILLISECONDS", 0);
    static long slowest = 0;
    const std::clock_t begin = std::clock();
    auto page = db::attempt([&] { return history().search(filter, cursor, 7, order); });
    const auto took = static_cast<long>((std::clock() - begin) * 1000 / CLOCKS_PER_SEC);
    if (kMost > 0 && took > slowest) {
        slowest = took;
        std::fprintf(stderr, "slowest so far: %ld ms\n", slowest);
        need(slowest <= kMost);
    }
    return page;
}

bool search(BytesView input) {
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
            const auto page = pageOf(filter, cursor, order);
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

} // namespace

bool fuzzed(BytesView input) {
    history();
    return search(input);
}
