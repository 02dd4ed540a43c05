// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/message_text.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

std::string text(const QJsonObject& object, const char* name) {
    return escaped(object[name].toString().toStdString());
}

rpc::Exit run(Context& context, const std::string& id) {
    Output& out = context.out();
    const auto shown = context.call("msg.info", {{"id", QString::fromStdString(id)}});
    if (!shown) {
        return out.error(shown.error());
    }
    printMessage(out, *shown);
    if (out.isJson()) {
        return rpc::Exit::Done;
    }
    for (const auto& value : (*shown)["versions"].toArray()) {
        const QJsonObject version = value.toObject();
        out.line((version["revision"].toInt() == 0 ? "first text:    " : "edited:        ") +
                 localTime(version["ts"].toInteger()) + "  " +
                 escapedMessage(version["text"].toString().toStdString(), "    "));
    }
    for (const auto& value : (*shown)["reactions"].toArray()) {
        const QJsonObject reaction = value.toObject();
        out.line("reaction:      " + text(reaction, "emoji") + "  " + localTime(reaction["ts"].toInteger()) +
                 " by " + text(reaction, "account"));
    }
    for (const auto& value : (*shown)["confirmations"].toArray()) {
        const QJsonObject confirmation = value.toObject();
        out.line("confirmed:     " + text(confirmation, "state") + " " +
                 localTime(confirmation["ts"].toInteger()) + " by " + text(confirmation, "account"));
    }
    for (const auto& value : (*shown)["devices"].toArray()) {
        const QJsonObject device = value.toObject();
        out.line("device " + std::to_string(device["device"].toInt()) + ":      " +
                 (device["has_it"].toBool() ? "has it" : "has not said that it has it") + ", of " +
                 text(device, "account"));
    }
    if (const qint64 waiting = (*shown)["changes_waiting"].toInteger(); waiting > 0) {
        out.line("waiting:       " + std::to_string(waiting) +
                 (waiting == 1 ? " change of yours is" : " changes of yours are") + " not at the relay yet");
    }
    return rpc::Exit::Done;
}

} // namespace

Command messageInfoCommand() {
    return {{"msg", "info"},
            "Show what became of a message: its texts, reactions, who has it",
            "sotto msg info msg_2f6c…   # as `sotto --json log @bob` names it",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                return [id](Context& context) { return run(context, *id); };
            }};
}

} // namespace sotto::cli
