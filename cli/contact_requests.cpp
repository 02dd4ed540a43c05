// SPDX-License-Identifier: GPL-3.0-or-later
// contact requests, contact accept, contact block
#include "cli/command.h"
#include "cli/contact_text.h"
#include "cli/escape.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

void print(Output& out, const QJsonObject& conversation) {
    if (out.isJson()) {
        out.object(conversation);
        return;
    }
    const auto text = [&](const char* name) { return escaped(conversation[name].toString().toStdString()); };
    const qint64 unread = conversation["unread"].toInteger();
    const std::string warning =
        conversation.contains("looks_like")
            ? out.painted(Colour::Red,
                          "  looks like your contact @" + text("looks_like") + ", and is another account")
            : "";
    out.line(out.painted(Colour::Bold, "@" + text("title")) + "  " +
             escaped(conversation["members"].toArray().at(0).toString().left(16).toStdString()) + "  " +
             localTime(conversation["ts"].toInteger()) +
             (unread == 0 ? "" : " (" + std::to_string(unread) + " unread)") + warning + "  " +
             text("preview"));
}

rpc::Exit list(Context& context) {
    Output& out = context.out();
    QJsonObject params{{"part", "requests"}};
    do {
        const auto page = context.call("conv.list", params);
        if (!page) {
            return out.error(page.error());
        }
        for (const auto& item : (*page)["items"].toArray()) {
            print(out, item.toObject());
        }
        params["after"] = (*page)["next"];
    } while (!params["after"].toString().isEmpty());
    return rpc::Exit::Done;
}

/// A command about one contact.
Command oneContactCommand(const char* verb, const char* method, const char* help, const char* examples) {
    return {{"contact", verb}, help, examples, [method](Synopsis& synopsis) -> Run {
                auto who = std::make_shared<std::string>();
                synopsis.option("WHO", *who, "Name or account key").required();
                return [who, method](Context& context) {
                    const auto contact = context.call(method, {{"who", QString::fromStdString(*who)}});
                    if (!contact) {
                        return context.out().error(contact.error());
                    }
                    printContact(context.out(), *contact);
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace

Command contactRequestsCommand() {
    return {{"contact", "requests"},
            "List strangers who wrote first: they hear nothing of you until you accept them",
            "sotto contact requests               # the account's beginning, when, and what they wrote last\n"
            "sotto log @mallory            # what they wrote\n"
            "sotto contact accept @mallory",
            [](Synopsis&) -> Run { return list; }};
}

Command contactAcceptCommand() {
    return oneContactCommand("accept", "contact.accept",
                             "Let somebody who wrote first hear what contacts hear",
                             "sotto contact accept @mallory   # also ends a block");
}

Command contactBlockCommand() {
    return oneContactCommand("block", "contact.block",
                             "Take nothing of somebody any more, and tell them nothing",
                             "sotto contact block @mallory    # what they wrote before stays\n"
                             "sotto contact accept @mallory   # not any more");
}

} // namespace sotto::cli
