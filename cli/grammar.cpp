// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/grammar.h"

#include <map>
#include <sstream>

namespace sotto::cli {

namespace {

constexpr const char* kExitCodes = "Exit codes:\n"
                                   "  0 done   1 internal   2 usage or ambiguous   3 network or relay, try "
                                   "again   4 key changed, not trusted\n"
                                   "  5 rate limit, quota or disk full   6 not found   7 locked, refused or "
                                   "no permission   8 partly failed\n"
                                   "  9 --wait timed out   10 data damaged or incomplete   130 "
                                   "interrupted";

/// Help as people read it: examples first, then what can be given.
class ExamplesFirst : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        if (mode == CLI::AppFormatMode::Sub) {
            return CLI::Formatter::make_help(app, name, mode);
        }
        std::ostringstream help;
        const std::string description = app->get_description();
        const auto end = description.find('\n');
        help << description.substr(0, end) << "\n";
        if (end != std::string::npos) {
            help << "\nExamples:\n";
            std::istringstream lines(description.substr(end + 1));
            for (std::string line; std::getline(lines, line);) {
                help << "  " << line << "\n";
            }
        }
        help << make_usage(app, name) << make_positionals(app) << make_groups(app, mode)
             << make_subcommands(app, mode) << make_footer(app);
        return help.str();
    }
    std::string make_subcommand(const CLI::App* sub) const override {
        const std::string description = sub->get_description();
        std::ostringstream line;
        CLI::detail::format_help(line, sub->get_name(), description.substr(0, description.find('\n')),
                                 get_column_width());
        return line.str();
    }
};

const char* helpOfNoun(const std::string& noun) {
    if (noun == "account") {
        return "This profile's account";
    }
    if (noun == "backup") {
        return "Backups that the recovery code opens";
    }
    if (noun == "contact") {
        return "Other people's accounts";
    }
    if (noun == "conv") {
        return "Conversations";
    }
    if (noun == "msg") {
        return "Single messages";
    }
    if (noun == "privacy") {
        return "What others are told beside messages";
    }
    return "Settings";
}

} // namespace

const std::vector<Command>& commandTable() {
    static const std::vector<Command> kTable = {
        sendCommand(),          reactCommand(),           recvCommand(),          logCommand(),
        searchCommand(),        statusCommand(),          whoamiCommand(),        accountNewCommand(),
        accountShowCommand(),   accountProtectCommand(),  backupCreateCommand(),  backupVerifyCommand(),
        backupRestoreCommand(), exportCommand(),          importCommand(),        contactAddCommand(),
        contactListCommand(),   contactRequestsCommand(), contactAcceptCommand(), contactBlockCommand(),
        contactVerifyCommand(), contactTrustCommand(),    convListCommand(),      convPinCommand(),
        convMuteCommand(),      convArchiveCommand(),     convDraftCommand(),     convExpireCommand(),
        convVerifyCommand(),    convResendCommand(),      messageShowCommand(),   messageInfoCommand(),
        messageEditCommand(),   messageDeleteCommand(),   privacyShowCommand(),   privacySetCommand(),
        configGetCommand(),     configSetCommand(),       configListCommand(),    configExplainCommand(),
        pathsCommand(),         schemaCommand(),          daemonCommand(),        doctorCommand(),
        lockCommand(),          completionsCommand(),     presenceCommand(),
    };
    return kTable;
}

Grammar::Grammar(GlobalOptions& options)
    : app("Sotto: end-to-end encrypted chat\n"
          "sotto account new --name alice --link 'sotto://…'   # once, with a relay's join link\n"
          "sotto contact add bob\n"
          "sotto send @bob 'hello'\n"
          "sotto recv --follow\n"
          "sotto log @bob",
          "sotto") {
    app.formatter(std::make_shared<ExamplesFirst>());
    app.set_version_flag("--version", "sotto " SOTTO_VERSION, "Print the version");
    app.set_help_flag("-h,--help", "Print this");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(kExitCodes);
    app.add_option("--profile", options.profile, "Profile: a name, or with a slash a path")
        ->type_name("PROFILE");
    app.add_flag("--json", options.json, "One JSON object a line; see `sotto schema`");
    app.add_option("--log", options.log,
                   "Tell on stderr what happens: all, or some of link,mail,trust,account")
        ->type_name("CATEGORIES");
    app.add_option("--passphrase-fd", options.passphrase.descriptor,
                   "Read the passphrase from this descriptor")
        ->type_name("N");
    app.add_option("--passphrase-file", options.passphrase.file,
                   "Read the passphrase from this file (mode 0600)")
        ->type_name("FILE");
    std::map<std::string, CLI::App*> nouns;
    for (const Command& command : commandTable()) {
        CLI::App* parent = &app;
        if (command.words.size() == 2) {
            const std::string& noun = command.words.front();
            CLI::App*& known = nouns[noun];
            if (known == nullptr) {
                known = app.add_subcommand(noun, helpOfNoun(noun));
                known->require_subcommand(1);
                known->fallthrough();
            }
            parent = known;
        }
        CLI::App* sub = parent->add_subcommand(command.words.back(), command.help + "\n" + command.examples);
        sub->fallthrough();
        Synopsis synopsis(*sub);
        const Run run = command.arguments(synopsis);
        sub->callback([this, run] { chosen = run; });
    }
}

} // namespace sotto::cli
