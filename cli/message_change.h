// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Commands that change a message which was sent before: ask for it, and see it on its way.

#include "cli/context.h"

namespace sotto::cli {

/// Calls a method on a message. Where nobody else has the profile open, the change gets a few seconds to
/// reach the relay. Returns the message as it then is.
rpc::Result<QJsonObject> changeMessage(Context& context, const char* method, const QJsonObject& params);
/// "; it goes out when the relay can be reached", while it is not there.
std::string wordsForWaiting(const QJsonObject& message);

} // namespace sotto::cli
