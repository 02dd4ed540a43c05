// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

#include <QDateTime>
#include <QJsonArray>

namespace sotto::cli {

namespace {

struct Arguments {
    std::optional<std::string> after;
    bool archived = false;
    bool requests = false;
    bool blocked = false;
    std::optional<int> count; ///< nothing: all, however many pages that takes
};

void print(Output& out, const QJsonObject& conversation) {
    if (out.isJson()) {
        out.object(conversation);
        return;
    }
    const auto text = [&](const char* name) { return escaped(conversation[name].toString().toStdString()); };
    const qint64 at = conversation["ts"].toInteger();
    const qint64 unread = conversation["unread"].toInteger();
    out.line(
        text("id") + "  " + (at == 0 ? "-" : localTime(at)) + "  " +
        out.painted(Colour::Bold, text("title")) +
        (unread == 0 ? "" : " (" + std::to_string(unread) + " unread)") +
        (conversation["pinned"].toBool() ? " (pinned)" : "") +
        (conversation["muted_until"].toInteger() > QDateTime::currentMSecsSinceEpoch() ? " (muted)" : "") +
        "  " + (conversation.contains("draft") ? "draft: " + text("draft") : text("preview")));
}

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    QJsonObject params;
    if (arguments.after) {
        params["after"] = QString::fromStdString(*arguments.after);
    }
    if (arguments.archived + arguments.requests + arguments.blocked > 1) {
        return out.error(rpc::Error{
            rpc::Exit::Usage, "bad_params", "--archived, --requests and --blocked: one at a time", {}});
    }
    params["part"] = arguments.archived   ? "archive"
                     : arguments.requests ? "requests"
                     : arguments.blocked  ? "blocked"
                                          : "main";
    if (arguments.count) {
        params["limit"] = *arguments.count;
    }
    for (;;) {
        auto page = context.call("conv.list", params);
        if (!page) {
            return out.error(page.error());
        }
        for (const auto& item : (*page)["items"].toArray()) {
            print(out, item.toObject());
        }
        const QString next = (*page)["next"].toString();
        if (!arguments.count && !next.isEmpty()) {
            params["after"] = next;
            continue;
        }
        if (arguments.count && out.isJson()) {
            page->remove("items");
            out.object(*page);
        } else if (!next.isEmpty()) {
            out.note("more: sotto conv list -n " + std::to_string(*arguments.count) + " --after " +
                     next.toStdString());
        }
        return rpc::Exit::Done;
    }
}

} // namespace

Command convListCommand() {
    return {{"conv", "list"},
            "List conversations, pinned ones first, then newest first",
            "sotto conv list\n"
            "sotto conv list -n 20                  # the newest 20\n"
            "sotto conv list -n 20 --after CURSOR   # the 20 below a page\n"
            "sotto conv list --requests             # strangers who wrote first, see sotto contact requests\n"
            "sotto --json conv list                 # one object a line; with -n a page object ends it",
            [](Synopsis& synopsis) -> Run {
                auto arguments = std::make_shared<Arguments>();
                synopsis.option("--after", arguments->after, "Cursor: what comes below").valueName("CURSOR");
                synopsis.flag("--archived", arguments->archived, "Those in the archive");
                synopsis.flag("--requests", arguments->requests, "Those of strangers who are not accepted");
                synopsis.flag("--blocked", arguments->blocked, "Those of blocked contacts");
                synopsis.option("-n,--count", arguments->count, "At most so many, 1 to 200; all without it")
                    .valueName("N");
                return [arguments](Context& context) { return run(context, *arguments); };
            }};
}

} // namespace sotto::cli
