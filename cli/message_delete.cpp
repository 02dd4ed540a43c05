// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"

namespace sotto::cli {

namespace {

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
            "Delete a message on this device, without a trace",
            "sotto msg delete msg_2f6c…   # as `sotto --json log @bob` names it; others keep their copies",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                return [id](Context& context) { return run(context, *id); };
            }};
}

} // namespace sotto::cli
