// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Long work of the profile's owner, done a step at a time so that it goes on serving others.

#include "cli/context.h"

namespace sotto::cli {

/// Begins it by calling `method` and steps it to its end, with a line of progress that begins with `doing`.
/// The last answer, or the first error.
rpc::Result<QJsonObject> runJob(Context& context, const char* doing, const std::string& method,
                                const QJsonObject& params);

} // namespace sotto::cli
