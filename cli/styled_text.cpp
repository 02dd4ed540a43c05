// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/styled_text.h"

#include "cli/escape.h"

#include <QJsonArray>
#include <array>
#include <map>

namespace sotto::cli {

namespace {

struct Look {
    const char* name;
    const char* on; ///< ECMA-48, "select graphic rendition"
};
constexpr std::array kLooks = {Look{"bold", "\x1b[1m"}, Look{"italic", "\x1b[3m"},
                               Look{"strikethrough", "\x1b[9m"}};
constexpr const char* kOff = "\x1b[0m";

/// What begins and ends at one place of the text.
struct Edge {
    std::array<int, kLooks.size()> change{};
    std::string behind; ///< printed here: addresses of links that end
};

/// One line at a time, so that an indentation is never struck through.
std::string painted(const std::string& text, const std::string& on) {
    if (on.empty()) {
        return text;
    }
    std::string result;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end > at) {
            result += on + text.substr(at, end - at) + kOff;
        }
        result += end < text.size() ? "\n" : "";
        at = end + 1;
    }
    return result;
}

std::string indented(std::string text, std::string_view indent) {
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
        text.insert(at + 1, indent);
    }
    return text;
}

} // namespace

std::string styledText(const Output& out, const QJsonObject& message, std::string_view indent) {
    const std::string text = message["text"].toString().toStdString();
    const QJsonArray styles = message["styles"].toArray();
    if (styles.isEmpty()) {
        return escapedMessage(text, indent);
    }
    const auto place = [&](qint64 at) {
        return static_cast<std::size_t>(std::clamp<qint64>(at, 0, static_cast<qint64>(text.size())));
    };
    std::map<std::size_t, Edge> edges;
    for (const auto& value : styles) {
        const QJsonObject style = value.toObject();
        const std::size_t begin = place(style["begin"].toInteger());
        const std::size_t end =
            std::max(begin, place(style["begin"].toInteger() + style["length"].toInteger()));
        for (std::size_t i = 0; i < kLooks.size() && out.hasColours(); ++i) {
            const bool isThis = style["style"] == QLatin1String(kLooks[i].name);
            edges[begin].change[i] += isThis ? 1 : 0;
            edges[end].change[i] -= isThis ? 1 : 0;
        }
        const std::string address = style["address"].toString().toStdString();
        if (!address.empty() && address != text.substr(begin, end - begin)) {
            edges[end].behind += " <" + address + ">";
        }
    }
    std::string result;
    std::array<int, kLooks.size()> active{};
    std::size_t at = 0;
    edges[text.size()];
    for (const auto& [here, edge] : edges) {
        std::string on;
        for (std::size_t i = 0; i < kLooks.size(); ++i) {
            on += active[i] > 0 ? kLooks[i].on : "";
        }
        result += painted(escapedMessage(text.substr(at, here - at), {}), on) + escaped(edge.behind);
        for (std::size_t i = 0; i < kLooks.size(); ++i) {
            active[i] += edge.change[i];
        }
        at = here;
    }
    return indented(std::move(result), indent);
}

} // namespace sotto::cli
