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
    out.line("presence: " + (*privacy)["presence"].toString().toStdString());
    return rpc::Exit::Done;
}

rpc::Exit set(Context& context, const std::string& what, const std::string& value) {
    if (what == "presence" && value != "on") {
        return run(context, {{"presence", QString::fromStdString(value)}});
    }
    if (what == "presence" || value == "recently" || value == "exact") {
        return context.out().error(
            {rpc::Exit::Usage,
             "usage",
             "nothing was changed: presence is off, recently or exact; the others are on or off",
             {}});
    }
    return run(context, {{what == "receipts" ? "read_receipts" : "typing", value == "on"}});
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
        "Tell others that you have read, are typing or are there, or do not; then you do not see it of them "
        "either",
        "sotto privacy set receipts off\n"
        "sotto privacy set typing on\n"
        "sotto privacy set presence exact     # off, recently (no time is told), or exact among those who do",
        [](Synopsis& synopsis) -> Run {
            auto what = std::make_shared<std::string>();
            auto value = std::make_shared<std::string>();
            synopsis.option("WHAT", *what, "What others are told")
                .required()
                .oneOf({"receipts", "typing", "presence"});
            synopsis.option("VALUE", *value, "Whether they are; of presence how much")
                .required()
                .oneOf({"on", "off", "recently", "exact"});
            return [what, value](Context& context) { return set(context, *what, *value); };
        }};
}

} // namespace sotto::cli
