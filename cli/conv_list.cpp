// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

#include <QJsonArray>

namespace sotto::cli {

Command convListCommand() {
    return {{"conv", "list"},
            "List all conversations, newest first",
            "sotto conv list\n"
            "sotto --json conv list        # one object a line",
            [](CLI::App&) -> Run {
                return [](Context& context) {
                    Output& out = context.out();
                    const auto list = context.call("conv.list", {});
                    if (!list) {
                        return out.error(list.error());
                    }
                    for (const auto& item : (*list)["items"].toArray()) {
                        const QJsonObject conversation = item.toObject();
                        if (out.isJson()) {
                            out.object(conversation);
                            continue;
                        }
                        const auto text = [&](const char* name) {
                            return escaped(conversation[name].toString().toStdString());
                        };
                        const qint64 at = conversation["ts"].toInteger();
                        const qint64 unread = conversation["unread"].toInteger();
                        out.line(text("id") + "  " + (at == 0 ? "-" : localTime(at)) + "  " +
                                 out.painted(Colour::Bold, text("title")) +
                                 (unread == 0 ? "" : " (" + std::to_string(unread) + " unread)") + "  " +
                                 text("preview"));
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
