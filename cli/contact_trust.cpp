// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/contact_text.h"

namespace sotto::cli {

Command contactTrustCommand() {
    return {
        {"contact", "trust"},
        "Accept a contact's changed account key",
        "sotto contact verify @bob     # compare first\n"
        "sotto contact trust @bob      # held messages go out to the new key",
        [](Synopsis& synopsis) -> Run {
            auto who = std::make_shared<std::string>();
            synopsis.option("WHO", *who, "Name or account key").required();
            return [who](Context& context) {
                const auto contact = context.call("contact.trust", {{"who", QString::fromStdString(*who)}});
                if (!contact) {
                    return context.out().error(contact.error());
                }
                printContact(context.out(), *contact);
                return rpc::Exit::Done;
            };
        }};
}

} // namespace sotto::cli
