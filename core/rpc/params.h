// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A method's parameters, after checkParams(): present where they must be, and of their kind.

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

} // namespace sotto::rpc
