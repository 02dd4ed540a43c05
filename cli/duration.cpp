// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"

#include <charconv>

namespace sotto::cli {

rpc::Result<std::int64_t> durationMs(const std::string& text) {
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    const std::int64_t factor = unit == "ms"                ? 1
                                : unit == "s" || unit == "" ? 1'000
                                : unit == "m"               ? 60'000
                                : unit == "h"               ? 3'600'000
                                                            : 0;
    constexpr std::int64_t kLongest = 30LL * 24 * 3'600'000;
    if (error != std::errc() || factor == 0 || value < 0 || value > kLongest / factor) {
        return rpc::fail(rpc::Exit::Usage, "usage",
                         "'" + text + "' is no time: write 500ms, 30s, 2m or 1h, at most 30 days");
    }
    return value * factor;
}

} // namespace sotto::cli
