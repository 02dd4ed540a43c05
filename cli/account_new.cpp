// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/secrets.h"
#include "cli/terminal.h"
#include "crypto/recovery_code.h"

#include <unistd.h>

namespace sotto::cli {

namespace {

struct Arguments {
    std::string name;
    std::string link;
    NewProtection protection;
    bool unchecked = false;
    std::string timeout = "30s";
};

/// The link is looked at first: a profile for nothing helps nobody.
std::optional<rpc::Error> wrongLink(const std::string& text) {
    const auto link = wire::parseJoinLink(text);
    if (link) {
        return std::nullopt;
    }
    switch (link.error()) {
    case wire::LinkError::NotALink:
        return rpc::Error{rpc::Exit::Usage,
                          "bad_link",
                          "cannot make an account: this is no join link; ask whoever runs the relay for one "
                          "(sotto://…)",
                          {}};
    case wire::LinkError::WrongKind:
        return rpc::Error{
            rpc::Exit::Usage,
            "bad_link",
            "cannot make an account: this is somebody's contact link; add them with `sotto contact add` "
            "once you have an account",
            {}};
    case wire::LinkError::PlainOffLoopback:
        return rpc::Error{
            rpc::Exit::Usage,
            "bad_link",
            "cannot make an account: this link is unencrypted (sotto+ws:) and leads to another computer",
            {}};
    }
    return std::nullopt;
}

std::optional<rpc::Error> prepareProfile(Context& context, const Arguments& arguments) {
    const auto place = context.place();
    if (!place) {
        return place.error();
    }
    const auto there = core::Profile::protectionOf(place->directory);
    if (there) {
        return std::nullopt; // made before, registered or not: the method says
    }
    if (there.error().code != core::FailureCode::NotFound) {
        return rpc::errorOf(there.error());
    }
    if (auto refused = refusalOf(arguments.protection)) {
        return refused;
    }
    const auto secrets = newSecrets(context, arguments.protection, context.options().passphrase);
    if (!secrets) {
        return secrets.error();
    }
    const auto made = context.create(*secrets);
    return made ? std::nullopt : std::optional(made.error());
}

void showRecoveryCode(Output& out, const QJsonObject& result) {
    if (result["recovery_code"].toString().isEmpty()) {
        return; // shown at an earlier try
    }
    if (out.isJson()) {
        out.object(result);
        return;
    }
    out.line("Recovery code: " + out.painted(Colour::Bold, result["recovery_code"].toString().toStdString()));
    out.line(
        "Write it down and keep it away from this computer. It is shown this once; whoever has it is you.");
}

/// Two groups typed back, by a person who is there. Only whoever has written it down can.
void checkRecoveryCode(Context& context, const std::string& code) {
    Terminal terminal(Echo::On);
    if (code.empty() || context.out().isJson() || ::isatty(STDIN_FILENO) == 0 ||
        ::isatty(STDOUT_FILENO) == 0 || !terminal.isThere()) {
        return;
    }
    constexpr std::size_t kHalf = crypto::kRecoveryCodeGroups / 2;
    const std::array<std::size_t, 2> groups{1 + context.random().below(kHalf),
                                            1 + kHalf + context.random().below(kHalf)};
    const std::string question = "When it is written down, type its groups " + std::to_string(groups[0]) +
                                 " and " + std::to_string(groups[1]) + ": ";
    constexpr int kTries = 3;
    for (int attempt = 0; attempt < kTries; ++attempt) {
        const auto typed = terminal.ask(question);
        if (!typed || context.interrupts().caught() != 0) {
            break;
        }
        if (crypto::areGroupsOf(code, groups, textOf(typed->expose()))) {
            terminal.tell("That is right.");
            return;
        }
        terminal.tell("That is something else: look at what you wrote.");
    }
    context.out().note("Warning: the recovery code was not checked. It stands above, and nowhere else.");
}

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    const auto timeout = durationMs(arguments.timeout);
    if (!timeout) {
        return out.error(timeout.error());
    }
    if (const auto error = wrongLink(arguments.link)) {
        return out.error(*error);
    }
    if (const auto error = prepareProfile(context, arguments)) {
        return out.error(*error);
    }
    const auto made = context.call("account.new", {{"name", QString::fromStdString(arguments.name)},
                                                   {"link", QString::fromStdString(arguments.link)}});
    if (!made) {
        return out.error(made.error());
    }
    showRecoveryCode(out, *made);
    if (!arguments.unchecked) {
        checkRecoveryCode(context, (*made)["recovery_code"].toString().toStdString());
    }
    const auto account = context.call("account.wait", {{"timeout_ms", static_cast<qint64>(*timeout)}});
    if (!account) {
        return out.error(account.error());
    }
    if (out.isJson()) {
        out.object(*account);
    } else {
        out.line("You are @" + escaped((*account)["name"].toString().toStdString()) + " at " +
                 escaped((*account)["relay"].toString().toStdString()) + ".");
    }
    if (const auto status = context.call("status", {}); status && (*status)["testing_relay"].toBool()) {
        out.note("Warning: this is a testing relay. It breaks things on purpose; what is sent through it may "
                 "be lost.");
    }
    return rpc::Exit::Done;
}

} // namespace

Command accountNewCommand() {
    return {
        {"account", "new"},
        "Make an account at a relay",
        "sotto account new --name alice --link 'sotto://…'               # asks for a passphrase\n"
        "sotto account new --name alice --link 'sotto://…' --keychain    # the desktop keeps the key\n"
        "sotto account new --name bot --link 'sotto://…' --key-file      # for a server without a person\n"
        "sotto --profile work account new --name al --link 'sotto://…'   # a second account on this computer",
        [](Synopsis& synopsis) -> Run {
            auto arguments = std::make_shared<Arguments>();
            synopsis.option("--name", arguments->name, "Name at the relay").required().valueName("NAME");
            synopsis.option("--link", arguments->link, "Join link of the relay").required().valueName("LINK");
            synopsis.flag("--key-file", arguments->protection.keyFile,
                          "No passphrase: whoever copies the profile can read it");
            synopsis.flag("--keychain", arguments->protection.keychain,
                          "No passphrase: the desktop's keychain keeps the key (Secret Service, KWallet)");
            synopsis.flag("--unchecked-code", arguments->unchecked,
                          "Do not ask to type part of the recovery code back");
            synopsis.option("--timeout", arguments->timeout, "How long to wait for the relay")
                .valueName("TIME")
                .showDefault();
            return [arguments](Context& context) { return run(context, *arguments); };
        }};
}

} // namespace sotto::cli
