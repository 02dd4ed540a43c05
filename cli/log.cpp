// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/message_text.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

struct Arguments {
    std::string target;
    std::optional<std::string> before;
    std::optional<std::string> after;
    int count = 50;
};

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    QJsonObject params{{"target", QString::fromStdString(arguments.target)}, {"limit", arguments.count}};
    if (arguments.before) {
        params["before"] = QString::fromStdString(*arguments.before);
    }
    if (arguments.after) {
        params["after"] = QString::fromStdString(*arguments.after);
    }
    auto page = context.call("log", params);
    if (!page) {
        return out.error(page.error());
    }
    for (const auto& message : (*page)["items"].toArray()) {
        printMessage(out, message.toObject());
    }
    if (out.isJson()) {
        page->remove("items");
        out.object(*page);
    } else if (!(*page)["prev"].toString().isEmpty()) {
        out.note("earlier: sotto log " + arguments.target + " --before " +
                 (*page)["prev"].toString().toStdString());
    }
    return rpc::Exit::Done;
}

} // namespace

Command logCommand() {
    return {{"log"},
            "Show a conversation, oldest message first",
            "sotto log @bob                         # the newest 50 messages\n"
            "sotto log @bob -n 20 --before CURSOR   # the 20 before a page\n"
            "sotto log @bob --after ''              # from the beginning\n"
            "sotto --json log @bob                  # ends with a page object: prev and next cursors",
            [](Synopsis& synopsis) -> Run {
                auto arguments = std::make_shared<Arguments>();
                synopsis.option("TARGET", arguments->target, "@name, account key or c:ID").required();
                synopsis.option("--before", arguments->before, "Cursor: what is older").valueName("CURSOR");
                synopsis.option("--after", arguments->after, "Cursor: what is newer; '' for the beginning")
                    .valueName("CURSOR");
                synopsis.option("-n,--count", arguments->count, "Messages, 1 to 200")
                    .valueName("N")
                    .showDefault();
                return [arguments](Context& context) { return run(context, *arguments); };
            }};
}

} // namespace sotto::cli
