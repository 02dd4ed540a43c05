// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/receiving.h"

#include <QStringList>

namespace sotto::cli {

namespace {

struct Arguments {
    Receiving::Options options;
    std::string types = "message";
    std::string timeout;
    std::string ackTo;
};

rpc::Exit moveReader(Context& context, const Arguments& arguments) {
    const auto place = context.call("reader.set", {{"as", QString::fromStdString(arguments.options.reader)},
                                                   {"cursor", QString::fromStdString(arguments.ackTo)}});
    if (!place) {
        return context.out().error(place.error());
    }
    if (context.out().isJson()) {
        context.out().object(*place);
    }
    return rpc::Exit::Done;
}

rpc::Exit run(Context& context, Arguments arguments) {
    if (!arguments.ackTo.empty()) {
        return moveReader(context, arguments);
    }
    if (!arguments.timeout.empty()) {
        const auto timeout = durationMs(arguments.timeout);
        if (!timeout) {
            return context.out().error(timeout.error());
        }
        arguments.options.timeoutMs = *timeout;
    }
    arguments.options.types = QString::fromStdString(arguments.types).split(',', Qt::SkipEmptyParts);
    return Receiving(context, arguments.options).run();
}

} // namespace

Command recvCommand() {
    return {
        {"recv"},
        "Receive messages: a durable reader that goes on where it stopped",
        "sotto recv                                 # what is new since the last time, then end\n"
        "sotto recv --follow                        # and whatever comes, until Ctrl+C\n"
        "sotto --json recv --as bot --follow --exec ./answer   # each message as JSON on the program's "
        "stdin\n"
        "sotto recv --max 1 --timeout 1m            # wait for one message\n"
        "sotto --json recv --as bot --ack manual    # look, without moving on\n"
        "sotto recv --as bot --ack-to 17            # done up to the message with cursor 17",
        [](Synopsis& synopsis) -> Run {
            auto arguments = std::make_shared<Arguments>();
            Receiving::Options& options = arguments->options;
            synopsis.option("--as", options.reader, "Name of the reader: each has a place of its own")
                .valueName("NAME")
                .showDefault();
            synopsis.flag("--follow", options.follow, "Stay; own the profile and serve other commands");
            synopsis
                .option("--since", options.since,
                        "Begin after this message instead of where the reader stopped")
                .valueName("CURSOR|start|now");
            synopsis
                .option("--ack", options.ack,
                        "auto: a printed message is done. manual: only --ack-to says so")
                .valueName("auto|manual")
                .showDefault();
            synopsis.option("--ack-to", arguments->ackTo, "Move the reader to this message and end")
                .valueName("CURSOR");
            synopsis
                .option(
                    "--exec", options.exec,
                    "Run this program for each message, its JSON on stdin, without a shell. A message counts "
                    "as done when it ends with 0")
                .valueName("COMMAND");
            synopsis.option("--max", options.most, "End after this many messages").valueName("N");
            synopsis
                .option("--timeout", arguments->timeout,
                        "End after this time; exit code 9 if --max was not reached")
                .valueName("TIME");
            synopsis
                .option("--types", arguments->types,
                        "Comma-separated: message, sent, state, contact, key_change, alarm, link")
                .valueName("TYPES")
                .showDefault();
            synopsis.flag("--mark-read", options.markRead,
                          "Mark as read what was received, and tell its sender");
            return [arguments](Context& context) { return run(context, *arguments); };
        }};
}

} // namespace sotto::cli
