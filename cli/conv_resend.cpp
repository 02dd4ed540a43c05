// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& who, bool deny) {
    Output& out = context.out();
    const auto done = context.call("conv.resend", {{"who", QString::fromStdString(who)}, {"deny", deny}});
    if (!done) {
        return out.error(done.error());
    }
    if (out.isJson()) {
        out.object(*done);
        return rpc::Exit::Done;
    }
    const qint64 messages = (*done)["messages"].toInteger();
    out.line(std::to_string(messages) + (messages == 1 ? " message" : " messages") +
             (deny ? " not sent again" : " sent again"));
    return rpc::Exit::Done;
}

} // namespace

Command convResendCommand() {
    return {{"conv", "resend"},
            "Send again what somebody's device asked for and only you can allow",
            "sotto conv resend @bob         # after asking Bob whether that is his device\n"
            "sotto conv resend @bob --deny  # drop what was asked for",
            [](Synopsis& synopsis) -> Run {
                auto who = std::make_shared<std::string>();
                auto deny = std::make_shared<bool>(false);
                synopsis.option("WHO", *who, "@name or account key").required();
                synopsis.flag("--deny", *deny, "Drop what was asked for");
                return [who, deny](Context& context) { return run(context, *who, *deny); };
            }};
}

} // namespace sotto::cli
