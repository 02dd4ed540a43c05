// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/faults/fault_plan.h"

#include <charconv>
#include <set>

namespace sotto::relay {

namespace {

constexpr std::uint32_t kWhole = 1'000'000;
constexpr std::uint32_t kMostReorder = 1'000;
constexpr std::int64_t kMostDelayMs = 10 * 60 * 1000;
constexpr std::int64_t kMostSkewMs = std::int64_t{20} * 365 * 24 * 3600 * 1000;

/// Reads from the front of a text and remembers how far it came.
class Cursor {
public:
    Cursor(std::string_view text, std::size_t position)
        : m_text(text)
        , m_position(position) {}

    std::size_t position() const { return m_position; }
    bool atEnd() const { return m_text.empty(); }
    bool take(std::string_view word) {
        if (!m_text.starts_with(word)) {
            return false;
        }
        advance(word.size());
        return true;
    }
    std::optional<std::uint64_t> number() {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), value);
        if (error != std::errc()) {
            return std::nullopt;
        }
        advance(static_cast<std::size_t>(end - m_text.data()));
        return value;
    }

private:
    void advance(std::size_t count) {
        m_text.remove_prefix(count);
        m_position += count;
    }
    std::string_view m_text;
    std::size_t m_position;
};

/// "2%", "0.05%", "1/40".
std::optional<Share> share(Cursor& cursor) {
    const auto first = cursor.number();
    if (!first || *first > kWhole) {
        return std::nullopt;
    }
    if (cursor.take("/")) {
        const auto among = cursor.number();
        if (!among || *among == 0 || *first > *among) {
            return std::nullopt;
        }
        return Share{static_cast<std::uint32_t>(*first * kWhole / *among)};
    }
    std::uint64_t millionths = *first * 10'000;
    if (cursor.take(".")) {
        std::uint64_t worth = 1'000;
        const std::size_t before = cursor.position();
        const auto fraction = cursor.number();
        const std::size_t digits = cursor.position() - before;
        if (!fraction || digits > 4) {
            return std::nullopt;
        }
        for (std::size_t i = 1; i < digits; ++i) {
            worth /= 10;
        }
        millionths += *fraction * worth;
    }
    if (!cursor.take("%") || millionths > kWhole) {
        return std::nullopt;
    }
    return Share{static_cast<std::uint32_t>(millionths)};
}

/// The unit's milliseconds; 0 when there is none.
std::int64_t unit(Cursor& cursor) {
    // "ms" before "m".
    return cursor.take("ms")  ? 1
           : cursor.take("s") ? 1'000
           : cursor.take("m") ? 60'000
           : cursor.take("h") ? 3'600'000
           : cursor.take("d") ? 86'400'000
                              : 0;
}

std::optional<Milliseconds> duration(std::uint64_t count, std::int64_t unitMs, std::int64_t most) {
    if (unitMs == 0 || count > static_cast<std::uint64_t>(most / unitMs)) {
        return std::nullopt;
    }
    return Milliseconds(static_cast<std::int64_t>(count) * unitMs);
}

/// "50..2000ms", "1s..3s", "20ms".
bool delay(Cursor& cursor, FaultPlan& plan) {
    const auto least = cursor.number();
    std::int64_t leastUnit = unit(cursor);
    auto most = least;
    std::int64_t mostUnit = leastUnit;
    if (cursor.take("..")) {
        most = cursor.number();
        mostUnit = unit(cursor);
        leastUnit = leastUnit == 0 ? mostUnit : leastUnit;
    }
    const auto from = least ? duration(*least, leastUnit, kMostDelayMs) : std::nullopt;
    const auto to = most ? duration(*most, mostUnit, kMostDelayMs) : std::nullopt;
    if (!from || !to || *from > *to) {
        return false;
    }
    plan.delayLeast = *from;
    plan.delayMost = *to;
    return true;
}

/// "+7m", "-2h".
bool skew(Cursor& cursor, FaultPlan& plan) {
    const bool ahead = cursor.take("+");
    if (!ahead && !cursor.take("-")) {
        return false;
    }
    const auto count = cursor.number();
    const auto by = count ? duration(*count, unit(cursor), kMostSkewMs) : std::nullopt;
    if (!by) {
        return false;
    }
    plan.skew = ahead ? *by : -*by;
    return true;
}

/// "10k", "500", "2M".
std::optional<std::uint64_t> count(Cursor& cursor) {
    const auto value = cursor.number();
    if (!value || *value > 1'000'000'000) {
        return std::nullopt;
    }
    return *value * (cursor.take("k") ? 1'000U : cursor.take("M") ? 1'000'000U : 1U);
}

/// "@10k", "@10k+200".
bool diskFull(Cursor& cursor, FaultPlan& plan) {
    const auto from = count(cursor);
    if (!from || *from == 0) {
        return false;
    }
    plan.diskFullFrom = *from;
    if (cursor.take("+")) {
        const auto length = count(cursor);
        if (!length || *length == 0) {
            return false;
        }
        plan.diskFullFor = *length;
    }
    return true;
}

bool isLetter(char c) {
    return c >= 'a' && c <= 'z';
}

} // namespace

Expected<FaultPlan, FaultPlanError> parseFaultPlan(std::string_view text) {
    FaultPlan plan;
    std::set<std::string, std::less<>> seen;
    std::size_t begin = 0;
    const auto wrong = [](std::size_t position, std::string sentence) {
        return unexpected(FaultPlanError{position, std::move(sentence)});
    };
    while (true) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view item = text.substr(begin, end - begin);
        std::size_t letters = 0;
        while (letters < item.size() && isLetter(item[letters])) {
            ++letters;
        }
        const std::string name(item.substr(0, letters));
        Cursor value(item.substr(letters), begin + letters);
        const auto takes = [&](const char* sign, const char* what, bool good) -> std::string {
            return good && value.atEnd() ? std::string() : name + sign + " takes " + what;
        };
        std::string sentence;
        if (name.empty()) {
            sentence = "a fault is missing here";
        } else if (!seen.insert(name).second) {
            return wrong(begin, name + " stands there twice");
        } else if (name == "diskfull") {
            sentence = takes("@", "the number of a send, such as 10k, or 10k+200 for how many",
                             value.take("@") && diskFull(value, plan));
        } else {
            const bool equals = value.take("=");
            const auto shareOf = [&](Share& target) {
                const auto read = equals ? share(value) : std::nullopt;
                target = read.value_or(Share{});
                return takes("=", "a share such as 2%, 0.5% or 1/40", read.has_value());
            };
            if (name == "seed") {
                const auto read = equals ? value.number() : std::nullopt;
                plan.seed = read.value_or(0);
                sentence = takes("=", "a whole number", read.has_value());
            } else if (name == "drop") {
                sentence = shareOf(plan.drop);
            } else if (name == "dup") {
                sentence = shareOf(plan.duplicate);
            } else if (name == "cut") {
                sentence = shareOf(plan.cut);
            } else if (name == "stall") {
                sentence = shareOf(plan.stall);
            } else if (name == "reorder") {
                const auto read = equals ? value.number() : std::nullopt;
                plan.reorder =
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(read.value_or(0), kMostReorder));
                sentence = takes("=", "a number of frames up to 1000", read && *read <= kMostReorder);
            } else if (name == "delay") {
                sentence = takes("=", "a time up to 10m or a range of them, such as 50..2000ms",
                                 equals && delay(value, plan));
            } else if (name == "skew") {
                sentence =
                    takes("=", "a time with its sign, such as +7m or -2h", equals && skew(value, plan));
            } else {
                return wrong(
                    begin, "there is no fault '" + name +
                               "': they are seed, drop, dup, reorder, delay, cut, stall, diskfull and skew");
            }
        }
        if (!sentence.empty()) {
            return wrong(name.empty() ? begin : value.position(), std::move(sentence));
        }
        if (end == text.size()) {
            return plan;
        }
        begin = end + 1;
    }
}

} // namespace sotto::relay
