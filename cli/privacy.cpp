// SPDX-License-Identifier: GPL-3.0-or-later
// privacy show, privacy set
#include "cli/command.h"

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const QJsonObject& params) {
    Output& out = context.out();
    const auto privacy = context.call("privacy", params);
    if (!privacy) {
        return out.error(privacy.error());
    }
    if (out.isJson()) {
        out.object(*privacy);
        return rpc::Exit::Done;
    }
    const auto word = [&](const char* name) { return (*privacy)[name].toBool() ? "on" : "off"; };
    out.line(std::string("receipts: ") + word("read_receipts"));
    out.line(std::string("typing:   ") + word("typing"));
    return rpc::Exit::Done;
}

} // namespace

Command privacyShowCommand() {
    return {{"privacy", "show"},
            "Show what others are told beside messages",
            "sotto privacy show",
            [](Synopsis&) -> Run { return [](Context& context) { return run(context, {}); }; }};
}

Command privacySetCommand() {
    return {
        {"privacy", "set"},
        "Tell others that you have read or are typing, or do not; then you do not see it of them either",
        "sotto privacy set receipts off\n"
        "sotto privacy set typing on",
        [](Synopsis& synopsis) -> Run {
            auto what = std::make_shared<std::string>();
            auto value = std::make_shared<std::string>();
            synopsis.option("WHAT", *what, "What others are told").required().oneOf({"receipts", "typing"});
            synopsis.option("VALUE", *value, "Whether they are").required().oneOf({"on", "off"});
            return [what, value](Context& context) {
                return run(context, {{*what == "receipts" ? "read_receipts" : "typing", *value == "on"}});
            };
        }};
}

} // namespace sotto::cli
