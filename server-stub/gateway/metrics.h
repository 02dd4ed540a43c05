// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The relay's figures in the text form of OpenMetrics 1.0 (openmetrics.io): no labels but bucket bounds, so
/// nothing in it says who uses the relay.

#include "server-stub/relay/relay.h"

namespace sotto::relay {

std::string openMetrics(const Statistics& statistics);
inline constexpr const char* kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

} // namespace sotto::relay
