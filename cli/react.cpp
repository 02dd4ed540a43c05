// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/message_change.h"

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& id, const std::string& emoji, bool remove) {
    Output& out = context.out();
    QJsonObject params{{"id", QString::fromStdString(id)}, {"remove", remove}};
    if (!emoji.empty()) {
        params["emoji"] = QString::fromStdString(emoji);
    }
    const auto reacted = changeMessage(context, "msg.react", params);
    if (!reacted) {
        return out.error(reacted.error());
    }
    if (out.isJson()) {
        out.object(*reacted);
    } else {
        out.line((remove ? "taken back" : "reacted") + wordsForWaiting(*reacted));
    }
    return rpc::Exit::Done;
}

} // namespace

Command reactCommand() {
    return {{"react"},
            "Put one sign under a message, in place of the one before",
            "sotto react msg_2f6c… 👍\n"
            "sotto react msg_2f6c… --remove",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                auto emoji = std::make_shared<std::string>();
                auto remove = std::make_shared<bool>(false);
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                synopsis.option("EMOJI", *emoji, "One emoji or other sign");
                synopsis.flag("--remove", *remove, "Take it back instead");
                return [id, emoji, remove](Context& context) { return run(context, *id, *emoji, *remove); };
            }};
}

} // namespace sotto::cli
