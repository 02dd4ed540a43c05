// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/message_change.h"

namespace sotto::cli {

namespace {

constexpr qint64 kPushMs = 5'000;

} // namespace

rpc::Result<QJsonObject> changeMessage(Context& context, const char* method, const QJsonObject& params) {
    auto message = context.call(method, params);
    if (!message || (*message)["changes_waiting"].toInteger() == 0) {
        return message;
    }
    const auto opened = context.profile();
    if (!opened || !(*opened)->isOwner()) {
        return message; // whoever has the profile open sends it
    }
    auto pushed = context.call("msg.push", {{"id", params["id"]}, {"timeout_ms", kPushMs}});
    if (!pushed && pushed.error().exit == rpc::Exit::Interrupted) {
        return message; // it is stored, which is all that was promised
    }
    return pushed;
}

std::string wordsForWaiting(const QJsonObject& message) {
    return message["changes_waiting"].toInteger() > 0 ? "; others learn of it when the relay can be reached"
                                                      : "";
}

} // namespace sotto::cli
