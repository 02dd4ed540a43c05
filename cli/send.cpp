// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/send_words.h"
#include "cli/standard_input.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

namespace {

/// How long a send without an owner gives its message a chance to reach the relay before the profile is let
/// go.
constexpr qint64 kPushMs = 5'000;

struct Arguments {
    std::string target;
    std::string text;
    bool lines = false;
    std::string batch;
    std::string id;
    std::string reply;
    std::string expire;
    std::string format;
    std::string wait;
    std::string timeout; ///< empty: as configured
    bool noPush = false;
    bool dryRun = false;
};

/// One message, whole way. The id is made here, so that asking a second owner for the same send sends once.
rpc::Result<QJsonObject> sendOne(Context& context, const Arguments& arguments, const std::string& text,
                                 std::int64_t timeoutMs) {
    if (!isUtf8(text)) {
        return rpc::fail(rpc::Exit::Usage, "invalid", "nothing was sent: the text is no UTF-8");
    }
    QJsonObject params{{"to", QString::fromStdString(arguments.target)},
                       {"text", QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))}};
    if (!arguments.reply.empty()) {
        params["reply"] = QString::fromStdString(arguments.reply);
    }
    if (!arguments.expire.empty()) {
        const auto seconds = lifetimeSeconds(arguments.expire);
        if (!seconds) {
            return tl::unexpected(seconds.error());
        }
        params["expire_s"] = *seconds;
    }
    if (!arguments.format.empty()) {
        params["format"] = QString::fromStdString(arguments.format);
    }
    if (arguments.dryRun) {
        params["dry_run"] = true;
        return context.call("msg.send", params);
    }
    params["id"] = QString::fromStdString(
        arguments.id.empty() ? rpc::messageIdText(context.random().next<MessageId>()) : arguments.id);
    if (!arguments.wait.empty()) {
        params["wait"] = QString::fromStdString(arguments.wait);
        params["timeout_ms"] = static_cast<qint64>(timeoutMs);
    }
    auto message = context.call("msg.send", params);
    if (!message || !arguments.wait.empty() || arguments.noPush) {
        return message;
    }
    const auto opened = context.profile();
    if (!opened || !(*opened)->isOwner()) {
        return message; // whoever has the profile open sends it
    }
    auto pushed = context.call("msg.push", {{"id", (*message)["id"]}, {"timeout_ms", kPushMs}});
    if (!pushed && pushed.error().exit == rpc::Exit::Interrupted) {
        return message; // it is stored, which is all that was promised
    }
    return pushed;
}

void show(Context& context, const QJsonObject& result) {
    Output& out = context.out();
    if (out.isJson()) {
        out.object(result);
    } else if (result["type"] == QJsonValue("plan")) {
        out.line("would send " + std::to_string(result["bytes"].toInteger()) + " bytes to " +
                 escaped(result["to"].toString().toStdString()) + " in " +
                 result["conversation"].toString().toStdString());
    } else {
        out.line(result["id"].toString().toStdString() + " " +
                 wordsForState(result["state"].toString().toStdString()));
    }
}

rpc::Exit sendLines(Context& context, const Arguments& arguments, std::int64_t timeoutMs) {
    const auto batch = arguments.batch.empty() ? rpc::Result<std::int64_t>(0) : durationMs(arguments.batch);
    if (!batch) {
        return context.out().error(batch.error());
    }
    std::size_t sent = 0;
    std::optional<rpc::Exit> firstFailure;
    LineReader reader(*batch);
    while (auto text = reader.next(context.interrupts())) {
        auto result = sendOne(context, arguments, *text, timeoutMs);
        if (result) {
            ++sent;
            show(context, *result);
            continue;
        }
        const rpc::Exit exit = context.out().error(result.error());
        firstFailure = firstFailure.value_or(exit);
        if (exit == rpc::Exit::Interrupted) {
            return exit;
        }
    }
    if (context.interrupts().caught() != 0) {
        return rpc::Exit::Interrupted;
    }
    if (!firstFailure) {
        return rpc::Exit::Done;
    }
    return sent > 0 ? rpc::Exit::Partial : *firstFailure;
}

rpc::Exit run(Context& context, Arguments arguments) {
    Output& out = context.out();
    const auto timeout = arguments.timeout.empty()
                             ? rpc::Result<std::int64_t>(context.config().duration("send.timeout").count())
                             : durationMs(arguments.timeout);
    if (!timeout) {
        return out.error(timeout.error());
    }
    if (arguments.wait.empty()) {
        arguments.wait = context.config().text("send.wait");
    }
    if (arguments.wait == "auto") {
        arguments.wait.clear();
    }
    if (arguments.lines) {
        if (!arguments.text.empty() || !arguments.id.empty()) {
            return out.error(
                {rpc::Exit::Usage,
                 "usage",
                 "nothing was sent: --lines reads its texts from stdin and takes neither TEXT nor --id",
                 {}});
        }
        return sendLines(context, arguments, *timeout);
    }
    if (arguments.text.empty()) {
        return out.error(
            {rpc::Exit::Usage,
             "usage",
             "nothing was sent: give a text, or - to read it from stdin (see `sotto send --help`)",
             {}});
    }
    std::string text = arguments.text;
    if (text == "-") {
        auto all = readAll(core::kMaxTextBytes);
        if (!all) {
            return out.error(all.error());
        }
        text = std::move(*all);
    }
    const auto result = sendOne(context, arguments, text, *timeout);
    if (!result) {
        return out.error(result.error());
    }
    show(context, *result);
    return rpc::Exit::Done;
}

} // namespace

Command sendCommand() {
    return {
        {"send"},
        "Send a text",
        "sotto send @bob 'see you at eight'         # queued, and on its way if the relay can be reached\n"
        "sotto send @bob 'are you there?' --wait delivered --timeout 1m\n"
        "make 2>&1 | tail | sotto send @bob -       # the whole of stdin as one message\n"
        "tail -f log | sotto send @bob --lines --batch 2s\n"
        "sotto send --id msg_0123456789abcdef0123456789abcdef @bob 'once, however often this runs'\n"
        "sotto send @bob --reply msg_2f6c… 'yes'    # as `sotto --json log @bob` names it\n"
        "sotto send @bob --expire 1h 'the code is 4711'   # goes an hour after Bob has read it\n"
        "sotto send @bob --format markdown 'at **nine**, see [the map](https://example.org)'\n"
        "sotto send @bob -- '--not-an-option'",
        [](Synopsis& synopsis) -> Run {
            auto arguments = std::make_shared<Arguments>();
            synopsis.option("TARGET", arguments->target, "@name, account key or c:ID").required();
            synopsis.option("TEXT", arguments->text, "The text; - reads all of stdin");
            synopsis.flag("--lines", arguments->lines, "One message for each line of stdin");
            synopsis
                .option("--batch", arguments->batch,
                        "With --lines: lines this close together make one message")
                .valueName("TIME");
            synopsis.option("--id", arguments->id, "Message id: sending it again sends nothing more")
                .valueName("ID");
            synopsis.option("--reply", arguments->reply, "Answer this message: quotes how it begins")
                .valueName("ID");
            synopsis
                .option("--expire", arguments->expire,
                        "It disappears so long after it was read; without it as the two of you agreed")
                .valueName("TIME|off");
            synopsis
                .option("--format", arguments->format,
                        "With markdown: **bold**, *italic*, ~~struck~~, `code`, ``` lines of code ```, "
                        "[words](https://…); everything else of it stays as it is")
                .oneOf({"plain", "markdown"});
            synopsis
                .option("--wait", arguments->wait,
                        "Return when it is queued (on disk), at the relay, delivered or read. With auto, "
                        "and without --wait unless configured: when "
                        "queued if a daemon has the profile open, else after a few seconds at the relay")
                .valueName("auto|queued|relay|delivered|read");
            synopsis
                .option("--timeout", arguments->timeout,
                        "For --wait, 30s unless configured; exit code 9 after it")
                .valueName("TIME");
            synopsis.flag("--no-push", arguments->noPush, "Only queue, even if nobody else will send it now");
            synopsis.flag("--dry-run", arguments->dryRun, "Only say what would be sent");
            return [arguments](Context& context) { return run(context, *arguments); };
        }};
}

} // namespace sotto::cli
