// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"

#include <charconv>

namespace sotto::cli {

rpc::Result<std::int64_t> durationMs(const std::string& text, std::chrono::days atMost) {
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    const std::int64_t factor = unit == "ms"                ? 1
                                : unit == "s" || unit == "" ? 1'000
                                : unit == "m"               ? 60'000
                                : unit == "h"               ? 3'600'000
                                : unit == "d"               ? 86'400'000
                                : unit == "w"               ? 7LL * 86'400'000
                                                            : 0;
    const std::int64_t longest = std::chrono::milliseconds(atMost).count();
    if (error != std::errc() || factor == 0 || value < 0 || value > longest / factor) {
        return rpc::fail(rpc::Exit::Usage, "usage",
                         "'" + text + "' is no time: write 500ms, 30s, 2m, 1h, 7d or 4w, at most " +
                             std::to_string(atMost.count()) + " days");
    }
    return value * factor;
}

rpc::Result<qint64> lifetimeSeconds(const std::string& text) {
    if (text == "off") {
        return 0;
    }
    const auto span = durationMs(text, std::chrono::days(366));
    if (!span) {
        return tl::unexpected(span.error());
    }
    if (*span < 1'000) {
        return rpc::fail(rpc::Exit::Usage, "usage",
                         "messages stay for a second or more; off: they stay for ever");
    }
    return static_cast<qint64>(*span / 1'000);
}

} // namespace sotto::cli
