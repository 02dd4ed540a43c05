// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One JSON object on one line, as every program with --json prints them.

#include "core/base/clock.h"

#include <string>
#include <string_view>
#include <vector>

namespace sotto::relay {

class JsonObject {
public:
    JsonObject& text(std::string_view name, std::string_view value);
    JsonObject& number(std::string_view name, std::int64_t value);
    JsonObject& boolean(std::string_view name, bool value);
    JsonObject& texts(std::string_view name, const std::vector<std::string>& values);
    /// `ts` (milliseconds) and `time` (RFC 3339, UTC).
    JsonObject& time(WallTime time);
    std::string line() const { return "{" + m_members + "}"; }

private:
    void name(std::string_view name);
    std::string m_members;
};

} // namespace sotto::relay
