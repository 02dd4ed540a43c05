// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/message_change.h"

namespace sotto::cli {

namespace {

rpc::Exit runEverywhere(Context& context, const std::string& id) {
    Output& out = context.out();
    const auto left =
        changeMessage(context, "msg.delete", {{"id", QString::fromStdString(id)}, {"everyone", true}});
    if (!left) {
        return out.error(left.error());
    }
    if (out.isJson()) {
        out.object(*left);
    } else if ((*left)["state"] == QJsonValue("failed")) {
        out.line("deleted; it was never sent");
    } else {
        out.line("deleted here, and for everyone who gets to hear of it" + wordsForWaiting(*left));
    }
    return rpc::Exit::Done;
}

rpc::Exit run(Context& context, const std::string& id) {
    Output& out = context.out();
    const auto left = context.call("msg.delete", {{"id", QString::fromStdString(id)}});
    if (!left) {
        return out.error(left.error());
    }
    if (out.isJson()) {
        out.object(*left);
        return rpc::Exit::Done;
    }
    const QString state = (*left)["state"].toString();
    const bool own = (*left)["direction"] == QJsonValue("out");
    const char* others = !own                   ? "; its sender still has it"
                         : state == "failed"    ? "; it was not sent"
                         : state == "encrypted" ? "; it is on its way already and may still arrive"
                                                : "; others still have it";
    out.line("deleted here" + std::string(others));
    return rpc::Exit::Done;
}

} // namespace

Command messageDeleteCommand() {
    return {{"msg", "delete"},
            "Delete a message without a trace, on this device or for everyone",
            "sotto msg delete msg_2f6c…   # as `sotto --json log @bob` names it; others keep their copies\n"
            "sotto msg delete --everyone msg_2f6c…   # one of your own, wherever it is",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                auto everyone = std::make_shared<bool>(false);
                synopsis.flag("--everyone", *everyone, "A message of your own: wherever it is");
                return [id, everyone](Context& context) {
                    return *everyone ? runEverywhere(context, *id) : run(context, *id);
                };
            }};
}

} // namespace sotto::cli
