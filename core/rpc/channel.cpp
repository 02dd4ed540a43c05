// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/channel.h"

#include <QEventLoop>
#include <memory>

namespace sotto::rpc {

Result<QJsonObject> await(Channel& channel, const std::string& method, const QJsonObject& params) {
    struct Answer {
        QEventLoop loop;
        std::optional<Result<QJsonObject>> value;
    };
    // Shared: the loop also ends when the program is told to quit, and the reply may come after that.
    const auto answer = std::make_shared<Answer>();
    channel.call(method, params, [answer](Result<QJsonObject> value) {
        answer->value = std::move(value);
        answer->loop.quit();
    });
    if (!answer->value) {
        answer->loop.exec();
    }
    if (!answer->value) {
        return fail(Exit::Interrupted, "interrupted", "interrupted");
    }
    return *answer->value;
}

} // namespace sotto::rpc
