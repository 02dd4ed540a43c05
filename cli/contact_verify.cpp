// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/contact_text.h"

namespace sotto::cli {

Command contactVerifyCommand() {
    return {{"contact", "verify"},
            "Show a safety number, or mark a contact as verified with it",
            "sotto contact verify @bob                  # 60 digits: compare them with what bob sees\n"
            "sotto contact verify @bob '12345 67890 …'  # bob read these out: they must be the same",
            [](Synopsis& synopsis) -> Run {
                struct Arguments {
                    std::string who;
                    std::vector<std::string> digits;
                };
                auto arguments = std::make_shared<Arguments>();
                synopsis.option("WHO", arguments->who, "Name or account key").required();
                synopsis.option("NUMBER", arguments->digits, "The 60 digits; spaces do not matter");
                return [arguments](Context& context) {
                    Output& out = context.out();
                    QJsonObject params{{"who", QString::fromStdString(arguments->who)}};
                    std::string digits;
                    for (const std::string& part : arguments->digits) {
                        digits += part;
                    }
                    if (!digits.empty()) {
                        params["number"] = QString::fromStdString(digits);
                    }
                    const auto contact = context.call("contact.verify", params);
                    if (!contact) {
                        return out.error(contact.error());
                    }
                    if (out.isJson() || !digits.empty()) {
                        printContact(out, *contact);
                    } else {
                        out.line((*contact)["safety_number"].toString().toStdString());
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
