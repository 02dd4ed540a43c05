// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

namespace sotto::cli {

namespace {

/// Whoever shares exactly answers at once.
constexpr qint64 kPatienceMs = 4'000;

rpc::Exit run(Context& context, const std::string& target) {
    Output& out = context.out();
    const auto known =
        context.call("presence", {{"target", QString::fromStdString(target)}, {"timeout_ms", kPatienceMs}});
    if (!known) {
        return out.error(known.error());
    }
    if (out.isJson()) {
        out.object(*known);
        return rpc::Exit::Done;
    }
    const QString presence = (*known)["presence"].toString();
    const std::string who = escaped(target);
    if (presence == "online") {
        out.line(who + " is there");
    } else if (presence == "last_seen") {
        out.line(who + " was last there " + localTime((*known)["seen_ts"].toInteger()));
    } else if (presence == "recently") {
        out.line(who + " was there recently");
    } else if ((*known)["sharing"] == QJsonValue("off")) {
        out.line("nothing is known: you share nothing yourself (`sotto privacy set presence recently`)");
    } else {
        out.line("nothing is known: " + who + " shares nothing, or has told nothing yet");
    }
    return rpc::Exit::Done;
}

} // namespace

Command presenceCommand() {
    return {{"presence"},
            "Look whether a contact is there, as far as both of you share it",
            "sotto presence @bob",
            [](Synopsis& synopsis) -> Run {
                auto target = std::make_shared<std::string>();
                synopsis.option("CONTACT", *target, "@name, account key or c:ID").required();
                return [target](Context& context) { return run(context, *target); };
            }};
}

} // namespace sotto::cli
