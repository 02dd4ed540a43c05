// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A method's parameters, after checkParams(): present where they must be, and of their kind.

#include "core/rpc/error.h"
#include "core/text/markdown.h"

#include <QJsonObject>
#include <algorithm>
#include <chrono>
#include <string>

namespace sotto::rpc {

/// How long a method waits that is not told.
inline constexpr std::chrono::milliseconds kDefaultTimeout{30'000};

/// Empty where there is none.
inline std::string textParam(const QJsonObject& params, const char* name) {
    return params[QLatin1String(name)].toString().toStdString();
}

/// `timeout_ms`; never negative.
inline std::chrono::milliseconds timeoutParam(const QJsonObject& params) {
    const auto given = params.contains("timeout_ms")
                           ? std::chrono::milliseconds(params["timeout_ms"].toInteger())
                           : kDefaultTimeout;
    return std::max(given, std::chrono::milliseconds(0));
}

/// `text` as `format` says: plain, which is what it is without, or markdown.
inline Result<core::StyledText> styledParam(const QJsonObject& params) {
    const std::string format = textParam(params, "format");
    std::string text = textParam(params, "text");
    if (format == "markdown") {
        return core::readMarkdown(text);
    }
    return format.empty() || format == "plain"
               ? Result<core::StyledText>(core::StyledText{std::move(text)})
               : fail(Exit::Usage, "bad_params", "--format takes plain or markdown");
}

} // namespace sotto::rpc
