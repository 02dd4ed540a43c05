// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/message_text.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& id) {
    Output& out = context.out();
    const auto shown = context.call("msg.show", {{"id", QString::fromStdString(id)}});
    if (!shown) {
        return out.error(shown.error());
    }
    const QJsonObject& message = *shown;
    printMessage(out, message);
    if (out.isJson()) {
        return rpc::Exit::Done;
    }
    const auto text = [&](const char* name) { return escaped(message[name].toString().toStdString()); };
    const QJsonObject from = message["from"].toObject();
    out.line("id:            " + text("id"));
    out.line("conversation:  " + text("conversation"));
    out.line("from:          " + escaped(from["name"].toString().toStdString()) + " " +
             escaped(from["account"].toString().toStdString()) + ", device " +
             std::to_string(from["device"].toInt()));
    out.line("state:         " + text("state") + (message.contains("detail") ? ": " + text("detail") : ""));
    out.line("written:       " + localTime(message["sent_ts"].toInteger()) + " by the sender's clock");
    out.line("stored here:   " + localTime(message["received_ts"].toInteger()));
    out.line("relay's stamp: " + text("stamp"));
    if (message.contains("seq")) {
        out.line("number:        " + std::to_string(message["seq"].toInteger()) + " of generation " +
                 std::to_string(message["generation"].toInteger()));
    }
    if (message["resends"].toInteger() > 0) {
        out.line("sent again:    " + std::to_string(message["resends"].toInteger()) + " times");
    }
    for (const auto& value : message["confirmations"].toArray()) {
        const QJsonObject confirmation = value.toObject();
        out.line("confirmed:     " + escaped(confirmation["state"].toString().toStdString()) + " " +
                 localTime(confirmation["ts"].toInteger()) + " by " +
                 escaped(confirmation["account"].toString().toStdString()));
    }
    return rpc::Exit::Done;
}

} // namespace

Command messageShowCommand() {
    return {{"msg", "show"},
            "Show all that is known of one message",
            "sotto msg show msg_2f6c…   # as `sotto --json log @bob` names it",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                return [id](Context& context) { return run(context, *id); };
            }};
}

} // namespace sotto::cli
