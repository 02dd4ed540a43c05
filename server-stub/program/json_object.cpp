// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/json_object.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sotto::relay {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escaped;
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out += c;
        }
    }
    return out + "\"";
}

} // namespace

void JsonObject::name(std::string_view name) {
    m_members += (m_members.empty() ? "" : ",") + quoted(name) + ":";
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
    name(key);
    m_members += quoted(value);
    return *this;
}
JsonObject& JsonObject::number(std::string_view key, std::int64_t value) {
    name(key);
    m_members += std::to_string(value);
    return *this;
}
JsonObject& JsonObject::boolean(std::string_view key, bool value) {
    name(key);
    m_members += value ? "true" : "false";
    return *this;
}
JsonObject& JsonObject::texts(std::string_view key, const std::vector<std::string>& values) {
    name(key);
    m_members += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
        m_members += (i == 0 ? "" : ",") + quoted(values[i]);
    }
    m_members += ']';
    return *this;
}
JsonObject& JsonObject::time(WallTime time) {
    const std::int64_t unixMs = unixMilliseconds(time);
    const std::time_t seconds = unixMs / 1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> day;
    std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::array<char, 8> fraction;
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(unixMs % 1000));
    number("ts", unixMs);
    return text("time", std::string(day.data()) + fraction.data());
}

} // namespace sotto::relay
