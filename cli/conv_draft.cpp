// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/standard_input.h"

namespace sotto::cli {

namespace {

struct Arguments {
    std::string target;
    std::optional<std::string> text;
    std::string reply;
    bool clear = false;
};

rpc::Exit run(Context& context, Arguments arguments) {
    Output& out = context.out();
    QJsonObject params{{"target", QString::fromStdString(arguments.target)}};
    if (arguments.clear == arguments.text.has_value() && arguments.clear) {
        return out.error({rpc::Exit::Usage, "usage", "--clear takes no text", {}});
    }
    if (arguments.text == "-") {
        auto all = readAll(core::kMaxTextBytes);
        if (!all) {
            return out.error(all.error());
        }
        arguments.text = std::move(*all);
    }
    if (arguments.clear || arguments.text) {
        const std::string text = arguments.text.value_or("");
        if (!isUtf8(text)) {
            return out.error({rpc::Exit::Usage, "invalid", "nothing was changed: the text is no UTF-8", {}});
        }
        params["text"] = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
    }
    if (!arguments.reply.empty()) {
        params["reply"] = QString::fromStdString(arguments.reply);
    }
    const auto line = context.call("conv.draft", params);
    if (!line) {
        return out.error(line.error());
    }
    if (out.isJson()) {
        out.object(*line);
    } else if (!params.contains("text")) {
        out.line(escapedMessage((*line)["draft"].toString().toStdString(), ""));
    } else {
        out.line(arguments.clear ? "cleared" : "kept");
    }
    return rpc::Exit::Done;
}

} // namespace

Command convDraftCommand() {
    return {{"conv", "draft"},
            "Show, keep or clear what is begun and not sent",
            "sotto conv draft @bob\n"
            "sotto conv draft @bob 'I was about to say'   # in place of the one before\n"
            "sotto conv draft @bob --clear                # without a trace",
            [](Synopsis& synopsis) -> Run {
                auto arguments = std::make_shared<Arguments>();
                synopsis.option("TARGET", arguments->target, "@name or c:ID").required();
                synopsis.option("TEXT", arguments->text, "The draft; - reads all of stdin");
                synopsis.option("--reply", arguments->reply, "The message that it answers").valueName("ID");
                synopsis.flag("--clear", arguments->clear, "No draft any more");
                return [arguments](Context& context) { return run(context, *arguments); };
            }};
}

} // namespace sotto::cli
