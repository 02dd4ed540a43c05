// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/contact_text.h"

namespace sotto::cli {

Command contactAddCommand() {
    return {{"contact", "add"},
            "Add somebody by name or by their contact link",
            "sotto contact add bob                      # believes the relay: compare safety numbers later\n"
            "sotto contact add 'sotto://…/@bob#…'       # the link carries the key: nothing to compare",
            [](Synopsis& synopsis) -> Run {
                auto who = std::make_shared<std::string>();
                auto timeout = std::make_shared<std::string>("30s");
                synopsis.option("WHO", *who, "Name at the relay, or contact link").required();
                synopsis.option("--timeout", *timeout, "For a name: how long to wait for the relay")
                    .valueName("TIME")
                    .showDefault();
                return [who, timeout](Context& context) {
                    const auto patience = durationMs(*timeout);
                    if (!patience) {
                        return context.out().error(patience.error());
                    }
                    const auto contact =
                        context.call("contact.add", {{"who", QString::fromStdString(*who)},
                                                     {"timeout_ms", static_cast<qint64>(*patience)}});
                    if (!contact) {
                        return context.out().error(contact.error());
                    }
                    printContact(context.out(), *contact);
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
