// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where a face's calls go: to the client in this process (LocalChannel), or through the profile's socket to
/// the process that owns the profile (RemoteChannel). The same methods with the same results either way.

#include "core/rpc/error.h"

#include <functional>

namespace sotto::rpc {

using Reply = std::function<void(Result<QJsonObject>)>;

class Channel {
public:
    virtual ~Channel() = default;
    /// The reply comes once, from the event loop. No reply comes after the channel is gone.
    virtual void call(const std::string& method, const QJsonObject& params, Reply reply) = 0;

    /// Events of this channel's subscriptions.
    std::function<void(const QString& subscription, const QJsonObject& event)> onEvent;
    /// The owner has gone. Calls still open got the error `owner_gone` before: whether they took effect is
    /// not known, so only what may be repeated is repeated.
    std::function<void()> onClosed;
};

/// Waits for the reply in a nested event loop.
Result<QJsonObject> await(Channel& channel, const std::string& method, const QJsonObject& params);

} // namespace sotto::rpc
