// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

namespace sotto::cli {

Command accountShowCommand() {
    return {{"account", "show"},
            "Show this profile's account, or its link for others",
            "sotto account show            # name, relay, account key\n"
            "sotto account show --link     # a link with which others add you, verified",
            [](Synopsis& synopsis) -> Run {
                auto link = std::make_shared<bool>(false);
                synopsis.flag("--link", *link, "Only the contact link");
                return [link](Context& context) {
                    Output& out = context.out();
                    const auto account = context.call("account.show", {{"link", *link}});
                    if (!account) {
                        return out.error(account.error());
                    }
                    const auto text = [&](const char* name) {
                        return escaped((*account)[name].toString().toStdString());
                    };
                    if (out.isJson()) {
                        out.object(*account);
                    } else if (*link) {
                        out.line(text("link"));
                    } else {
                        out.line("@" + text("name") + " at " + text("relay") +
                                 ((*account)["registered"].toBool() ? "" : " (not registered yet)"));
                        out.line("account key " + text("account"));
                        out.line("device " + std::to_string((*account)["device"].toInt()) + ", device list " +
                                 std::to_string((*account)["signer_epoch"].toInteger()) + "." +
                                 std::to_string((*account)["list_version"].toInteger()));
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
