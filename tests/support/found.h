// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What somebody finds in their history, and what they miss.

#include "tests/support/person.h"

#include <algorithm>

namespace sotto::test {

/// Messages that hold what was typed.
inline std::size_t found(Person& person, const std::string& typed) {
    core::SearchRequest request;
    request.text = typed;
    const auto page = person.client().search(request).value();
    return static_cast<std::size_t>(
        std::count_if(page.hits.begin(), page.hits.end(), [](const auto& hit) { return !hit.approximate; }));
}

/// Places in chains where something is missing.
inline std::size_t holesOf(Person& person) {
    std::size_t holes = 0;
    const core::DeliveryReport report = person.client().deliveryReport(std::nullopt).value();
    for (const core::ChainReport& chain : report.chains) {
        holes += chain.holes.size();
    }
    return holes;
}

} // namespace sotto::test
