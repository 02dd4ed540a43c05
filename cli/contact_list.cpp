// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/contact_text.h"

#include <QJsonArray>

namespace sotto::cli {

Command contactListCommand() {
    return {{"contact", "list"},
            "List all contacts",
            "sotto contact list\n"
            "sotto --json contact list     # one object a line",
            [](Synopsis&) -> Run {
                return [](Context& context) {
                    const auto contacts = context.call("contact.list", {});
                    if (!contacts) {
                        return context.out().error(contacts.error());
                    }
                    for (const auto& contact : (*contacts)["items"].toArray()) {
                        printContact(context.out(), contact.toObject());
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
