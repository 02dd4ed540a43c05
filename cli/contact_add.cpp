// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/contact_text.h"

namespace sotto::cli {

Command contactAddCommand() {
    return {{"contact", "add"},
            "Add somebody by name or by their contact link",
            "sotto contact add bob                      # believes the relay: compare safety numbers later\n"
            "sotto contact add 'sotto://…/@bob#…'       # the link carries the key: nothing to compare",
            [](CLI::App& app) -> Run {
                auto who = std::make_shared<std::string>();
                app.add_option("WHO", *who, "Name at the relay, or contact link")->required();
                return [who](Context& context) {
                    const auto contact = context.call("contact.add", {{"who", QString::fromStdString(*who)}});
                    if (!contact) {
                        return context.out().error(contact.error());
                    }
                    printContact(context.out(), *contact);
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
