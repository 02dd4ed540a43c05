// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

namespace sotto::cli {

Command statusCommand() {
    return {{"status"},
            "Show how the profile stands: connection, what waits, what is unread",
            "sotto status\n"
            "sotto --json status           # one object",
            [](Synopsis&) -> Run {
                return [](Context& context) {
                    Output& out = context.out();
                    auto status = context.call("status", {});
                    if (!status) {
                        return out.error(status.error());
                    }
                    const auto opened = context.profile();
                    const bool elsewhere = opened && !(*opened)->isOwner();
                    (*status)["owner"] = elsewhere;
                    if (out.isJson()) {
                        out.object(*status);
                        return rpc::Exit::Done;
                    }
                    const auto number = [&](const char* name) {
                        return std::to_string((*status)[name].toInteger());
                    };
                    const std::string reason = escaped((*status)["reason"].toString().toStdString());
                    out.line("relay: " +
                             (elsewhere ? (*status)["link"].toString().toStdString() +
                                              (reason.empty() ? "" : " (" + reason + ")")
                                        : std::string(
                                              "not connected: no `sotto recv --follow` or `sotto daemon` is "
                                              "running")));
                    out.line("messages: " + number("messages") + ", unread: " + number("unread") +
                             ", not readable yet: " + number("placeholders") +
                             ", places where some are missing: " + number("gaps"));
                    out.line("to send: " + number("queued") + ", held for a changed key: " + number("held"));
                    if ((*status)["resends_held"].toInteger() > 0) {
                        out.line("asked for once more, waiting for your word: " + number("resends_held") +
                                 " (`sotto conv resend`)");
                    }
                    const qint64 offset = (*status)["clock_offset_ms"].toInteger();
                    if (std::abs(offset) > 60'000) {
                        out.line("this computer's clock differs from the relay's by " +
                                 std::to_string(offset / 1000) + " s");
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
