// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/front/json_member.h"

#include <array>
#include <cstdio>

namespace sotto::cli {
namespace {

/// Walks over one line of JSON. Every step is false, or npos, where the text ends or is no JSON; values that
/// nobody asked for are only measured.
class Walker {
public:
    explicit Walker(std::string_view text)
        : m_text(text) {}

    bool take(char wanted) {
        skipSpace();
        if (m_at >= m_text.size() || m_text[m_at] != wanted) {
            return false;
        }
        ++m_at;
        return true;
    }
    bool isAtEnd() {
        skipSpace();
        return m_at == m_text.size();
    }
    /// The string that begins here, with its quotes.
    std::optional<std::string_view> string() {
        skipSpace();
        const std::size_t begin = m_at;
        if (m_at >= m_text.size() || m_text[m_at] != '"') {
            return std::nullopt;
        }
        for (++m_at; m_at < m_text.size(); ++m_at) {
            if (m_text[m_at] == '\\') {
                ++m_at;
            } else if (m_text[m_at] == '"') {
                ++m_at;
                return m_text.substr(begin, m_at - begin);
            }
        }
        return std::nullopt;
    }
    /// The value that begins here, up to the comma or bracket after it.
    std::optional<std::string_view> value() {
        skipSpace();
        const std::size_t begin = m_at;
        std::string open; // the brackets to close, the innermost last
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '"') {
                if (!string()) {
                    return std::nullopt;
                }
                continue;
            }
            if (c == '{' || c == '[') {
                open += c == '{' ? '}' : ']';
            } else if (c == '}' || c == ']' || c == ',') {
                if (open.empty()) {
                    return m_at > begin ? std::optional(m_text.substr(begin, m_at - begin)) : std::nullopt;
                }
                if (c != ',' && c != open.back()) {
                    return std::nullopt;
                }
                if (c != ',') {
                    open.pop_back();
                }
            }
            ++m_at;
        }
        return std::nullopt;
    }

private:
    void skipSpace() {
        while (m_at < m_text.size() &&
               std::string_view(" \t\r\n").find(m_text[m_at]) != std::string_view::npos) {
            ++m_at;
        }
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace

std::string jsonString(std::string_view text) {
    std::string json = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "\\u%04x",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            json += code.data();
        } else {
            json += c;
        }
    }
    return json + '"';
}

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
    Walker walker(object);
    if (!walker.take('{')) {
        return std::nullopt;
    }
    std::optional<std::string_view> found;
    if (!walker.take('}')) {
        do {
            const auto key = walker.string();
            if (!key || !walker.take(':')) {
                return std::nullopt;
            }
            const auto value = walker.value();
            if (!value) {
                return std::nullopt;
            }
            if (!found && key->substr(1, key->size() - 2) == name) {
                found = value;
            }
        } while (walker.take(','));
        if (!walker.take('}')) {
            return std::nullopt;
        }
    }
    return walker.isAtEnd() ? found : std::nullopt;
}

std::optional<std::string_view> plainText(std::optional<std::string_view> value) {
    if (!value || value->size() < 2 || value->front() != '"' || value->back() != '"') {
        return std::nullopt;
    }
    const std::string_view text = value->substr(1, value->size() - 2);
    return text.find_first_of("\\\"") == std::string_view::npos ? std::optional(text) : std::nullopt;
}

} // namespace sotto::cli
