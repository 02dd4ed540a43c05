// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

struct Arguments {
    std::vector<std::string> words;
    std::string after;
    std::string order = "newest";
    int count = 20;
};

/// The piece of the message that was found, with what matches in it painted.
std::string paintedSnippet(const Output& out, const QJsonObject& hit) {
    const std::string snippet = hit["snippet"].toString().toStdString();
    const auto size = static_cast<qint64>(snippet.size());
    const qint64 begin = hit["snippet_begin"].toInteger();
    const qint64 length = hit["message"]["text"].toString().toUtf8().size();
    std::string line = begin > 0 ? "…" : "";
    qint64 at = 0;
    const auto upTo = [&](qint64 end) {
        const std::string part =
            snippet.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(end - at));
        at = end;
        return escaped(part);
    };
    for (const auto& item : hit["marks"].toArray()) {
        const QJsonArray mark = item.toArray();
        const qint64 from = std::clamp<qint64>(mark[0].toInteger() - begin, at, size);
        const qint64 to = std::clamp<qint64>(mark[1].toInteger() - begin, from, size);
        line += upTo(from);
        if (to > from) {
            line += out.painted(Colour::Bold, upTo(to));
        }
    }
    return line + upTo(size) + (begin + size < length ? "…" : "");
}

void print(Output& out, const QJsonObject& hit) {
    if (out.isJson()) {
        out.object(hit);
        return;
    }
    const QJsonObject message = hit["message"].toObject();
    const bool own = message["direction"].toString() == "out";
    const std::string name =
        own ? "me" : escaped(message["from"].toObject()["name"].toString().toStdString());
    out.line(escaped(message["conversation"].toString().toStdString()) + "  " +
             localTime(message["ts"].toInteger()) + "  " + out.painted(Colour::Bold, name) + ": " +
             paintedSnippet(out, hit) + (hit["approximate"].toBool() ? "  (approximate)" : ""));
}

void printHoles(Output& out, const QJsonObject& page) {
    for (const auto& item : page["holes"].toArray()) {
        const QJsonObject hole = item.toObject();
        const QString kind = hole["kind"].toString();
        const std::string count = std::to_string(hole["messages"].toInteger());
        const std::string where =
            hole.contains("conversation") ? " in " + hole["conversation"].toString().toStdString() : "";
        if (kind == "placeholders") {
            out.note("not searched: " + count + " that could not be read yet" + where);
        } else if (kind == "gap") {
            out.note("not searched: " + count + " that never came" + where);
        } else if (kind == "refused") {
            out.note("not searched: " + count + " unreadable and not kept");
        }
    }
}

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    QStringList words;
    for (const std::string& word : arguments.words) {
        words.append(QString::fromStdString(word));
    }
    QJsonObject params{{"query", words.join(' ')}, {"order", QString::fromStdString(arguments.order)}};
    qint64 left = arguments.count;
    params["after"] = QString::fromStdString(arguments.after);
    for (;;) {
        params["limit"] = left;
        auto page = context.call("search", params);
        if (!page) {
            return out.error(page.error());
        }
        const QJsonArray items = (*page)["items"].toArray();
        for (const auto& item : items) {
            print(out, item.toObject());
        }
        left -= items.size();
        const QString next = (*page)["next"].toString();
        // One call does a bounded amount of work: an unfilled page is no answer yet.
        if (left > 0 && !next.isEmpty()) {
            params["after"] = next;
            continue;
        }
        page->remove("items");
        if (out.isJson()) {
            out.object(*page);
            return rpc::Exit::Done;
        }
        printHoles(out, *page);
        if (!next.isEmpty()) {
            out.note("more: the same with --after " + next.toStdString());
        }
        return rpc::Exit::Done;
    }
}

} // namespace

Command searchCommand() {
    return {
        {"search"},
        "Find messages",
        "sotto search meeting                     # any part of a word, in any script\n"
        "sotto search 'from:bob after:2026-10 invoice'\n"
        "sotto search 'in:@bob \"see you\" -tomorrow'\n"
        "sotto search 'has:link is:unread'        # also has:file, has:image, before:2026-11-03\n"
        "sotto search -n 50 --order relevance report",
        [](Synopsis& synopsis) -> Run {
            auto arguments = std::make_shared<Arguments>();
            synopsis
                .option("QUERY", arguments->words,
                        "Words, \"phrases\", -not, from: in: before: after: has: is: (after -- if it begins "
                        "with -)")
                .required();
            synopsis.option("--after", arguments->after, "Cursor: what comes after a page")
                .valueName("CURSOR");
            synopsis
                .option("--order", arguments->order, "newest, or relevance among the newest 1,000 that match")
                .valueName("ORDER")
                .showDefault();
            synopsis.option("-n,--count", arguments->count, "Messages, 1 to 100")
                .valueName("N")
                .showDefault();
            return [arguments](Context& context) { return run(context, *arguments); };
        }};
}

} // namespace sotto::cli
