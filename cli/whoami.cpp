// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

namespace sotto::cli {

Command whoamiCommand() {
    return {{"whoami"},
            "Print this profile's name",
            "sotto whoami                  # @alice\n"
            "sotto --profile bot whoami",
            [](Synopsis&) -> Run {
                return [](Context& context) {
                    Output& out = context.out();
                    const auto account = context.call("whoami", {});
                    if (!account) {
                        return out.error(account.error());
                    }
                    if (out.isJson()) {
                        out.object(*account);
                    } else {
                        out.line("@" + escaped((*account)["name"].toString().toStdString()));
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
