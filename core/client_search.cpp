// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"

namespace sotto::core {
namespace {

/// So much is read row by row without being felt; beyond, a search first indexes some of it.
constexpr std::int64_t kReadWithEase = 2'000;
constexpr int kSlicesBeforeSearching = 4;
constexpr Milliseconds kQuietBeforeIndexing{1'000}; ///< after the last message that came
constexpr std::int64_t kMostUnindexed = 20'000;     ///< then it is no matter how busy it is
constexpr Milliseconds kBetweenSlices{20};
constexpr Milliseconds kAfterFailure{60'000};

} // namespace

Result<SearchPage> Client::search(const SearchRequest& request) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    static_cast<void>(db::attempt([&] {
        for (int i = 0; i < kSlicesBeforeSearching && d->searchIndex->unindexed() > kReadWithEase; ++i) {
            if (!d->searchIndex->indexSlice().value_or(false)) {
                break; // then it is searched as it is
            }
        }
    }));
    return d->reader->search(request);
}

void Client::Private::noteUnindexed() {
    if (!indexWake || ++unindexed < kMostUnindexed) {
        indexWake = clock.steady() + kQuietBeforeIndexing;
        scheduleWake();
    }
}

void Client::Private::indexIfDue() {
    if (!indexWake || clock.steady() < *indexWake) {
        return;
    }
    const auto more = searchIndex->indexSlice();
    unindexed = 0;
    indexWake.reset();
    if (!more) {
        indexWake = clock.steady() + kAfterFailure;
    } else if (*more) {
        indexWake = clock.steady() + kBetweenSlices;
    }
}

} // namespace sotto::core
