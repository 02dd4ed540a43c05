// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/message_change.h"
#include "cli/standard_input.h"

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& id, std::string text, const std::string& format) {
    Output& out = context.out();
    if (text == "-") {
        auto all = readAll(core::kMaxTextBytes);
        if (!all) {
            return out.error(all.error());
        }
        text = std::move(*all);
    }
    if (!isUtf8(text)) {
        return out.error({rpc::Exit::Usage, "invalid", "nothing was edited: the text is no UTF-8", {}});
    }
    QJsonObject params{{"id", QString::fromStdString(id)},
                       {"text", QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))}};
    if (!format.empty()) {
        params["format"] = QString::fromStdString(format);
    }
    const auto edited = changeMessage(context, "msg.edit", params);
    if (!edited) {
        return out.error(edited.error());
    }
    if (out.isJson()) {
        out.object(*edited);
    } else {
        out.line("edited" + wordsForWaiting(*edited));
    }
    return rpc::Exit::Done;
}

} // namespace

Command messageEditCommand() {
    return {{"msg", "edit"},
            "Give a message of your own another text",
            "sotto msg edit msg_2f6c… 'see you at nine'   # others see that it was edited, and what it was\n"
            "sotto msg edit msg_2f6c… -                   # the text from stdin",
            [](Synopsis& synopsis) -> Run {
                auto id = std::make_shared<std::string>();
                auto text = std::make_shared<std::string>();
                synopsis.option("MSG", *id, "msg_ and 32 hex digits").required();
                auto format = std::make_shared<std::string>();
                synopsis.option("TEXT", *text, "The new text; - reads all of stdin").required();
                synopsis.option("--format", *format, "With markdown: as for `sotto send`")
                    .oneOf({"plain", "markdown"});
                return [id, text, format](Context& context) { return run(context, *id, *text, *format); };
            }};
}

} // namespace sotto::cli
