// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "core/types/timer_text.h"

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& target, const std::string& time) {
    Output& out = context.out();
    const auto seconds = lifetimeSeconds(time);
    if (!seconds) {
        return out.error(seconds.error());
    }
    const auto line =
        context.call("conv.expire", {{"target", QString::fromStdString(target)}, {"seconds", *seconds}});
    if (!line) {
        return out.error(line.error());
    }
    if (out.isJson()) {
        out.object(*line);
        return rpc::Exit::Done;
    }
    const auto agreed = static_cast<std::uint32_t>((*line)["expire_s"].toInteger());
    out.line(escaped((*line)["title"].toString().toStdString()) +
             (agreed == 0
                  ? ": new messages stay"
                  : ": new messages disappear " + core::lifetimeText(agreed) + " after they are read"));
    return rpc::Exit::Done;
}

} // namespace

Command convExpireCommand() {
    return {{"conv", "expire"},
            "Let new messages of both sides disappear some time after they were read",
            "sotto conv expire @bob 1d       # the other side is told, and can change it too\n"
            "sotto conv expire @bob off\n"
            "sotto send @bob --expire 1h '…' # only this one",
            [](Synopsis& synopsis) -> Run {
                auto target = std::make_shared<std::string>();
                auto time = std::make_shared<std::string>();
                synopsis.option("TARGET", *target, "@name or c:ID").required();
                synopsis.option("TIME", *time, "30s, 5m, 8h, 1d, 4w, or off").required();
                return [=](Context& context) { return run(context, *target, *time); };
            }};
}

} // namespace sotto::cli
