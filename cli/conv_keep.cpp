// SPDX-License-Identifier: GPL-3.0-or-later
// conv pin, conv mute, conv archive
#include "cli/command.h"
#include "cli/escape.h"

namespace sotto::cli {

namespace {

rpc::Exit keep(Context& context, const std::string& target, const char* how, const QJsonValue& value,
               const std::string& done) {
    Output& out = context.out();
    const auto line = context.call("conv.keep", {{"target", QString::fromStdString(target)}, {how, value}});
    if (!line) {
        return out.error(line.error());
    }
    if (out.isJson()) {
        out.object(*line);
    } else {
        out.line(escaped((*line)["title"].toString().toStdString()) + ": " + done);
    }
    return rpc::Exit::Done;
}

/// A command that turns something on, and with --off off again.
Command onOffCommand(const char* verb, const char* how, const char* help, const char* example,
                     const char* done, const char* undone) {
    return {{"conv", verb}, help, example, [how, done, undone](Synopsis& synopsis) -> Run {
                auto target = std::make_shared<std::string>();
                auto off = std::make_shared<bool>(false);
                synopsis.option("TARGET", *target, "@name or c:ID").required();
                synopsis.flag("--off", *off, "Not any more");
                return [=](Context& context) {
                    return keep(context, *target, how, !*off, *off ? undone : done);
                };
            }};
}

rpc::Exit mute(Context& context, const std::string& target, const std::string& time, bool off) {
    if (off || time.empty()) {
        return keep(context, target, "mute_ms", off ? 0 : -1, off ? "not muted" : "muted");
    }
    const auto span = durationMs(time);
    if (!span) {
        return context.out().error(span.error());
    }
    return keep(context, target, "mute_ms", static_cast<qint64>(std::max<std::int64_t>(*span, 1)),
                "muted for " + time);
}

} // namespace

Command convPinCommand() {
    return onOffCommand("pin", "pinned", "Keep a conversation above the others",
                        "sotto conv pin @bob\nsotto conv pin @bob --off", "pinned", "not pinned");
}

Command convArchiveCommand() {
    return onOffCommand("archive", "archived", "Put a conversation away until something new comes",
                        "sotto conv archive @bob      # a muted one stays there\n"
                        "sotto conv list --archived\n"
                        "sotto conv archive @bob --off",
                        "archived", "not archived");
}

Command convMuteCommand() {
    return {{"conv", "mute"},
            "Show no notifications of a conversation",
            "sotto conv mute @bob\n"
            "sotto conv mute @bob --for 8h\n"
            "sotto conv mute @bob --off",
            [](Synopsis& synopsis) -> Run {
                auto target = std::make_shared<std::string>();
                auto time = std::make_shared<std::string>();
                auto off = std::make_shared<bool>(false);
                synopsis.option("TARGET", *target, "@name or c:ID").required();
                synopsis.option("--for", *time, "So long; without it until --off").valueName("TIME");
                synopsis.flag("--off", *off, "Not any more");
                return [=](Context& context) { return mute(context, *target, *time, *off); };
            }};
}

} // namespace sotto::cli
