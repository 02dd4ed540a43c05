// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/grammar.h"
#include "core/start_up.h"

#include <QCoreApplication>
#include <exception>

namespace {

using namespace sotto;

/// CLI11's complaint as one line that says where help is.
int usageError(const cli::Grammar& grammar, cli::Output& out, const CLI::ParseError& error) {
    std::string command = "sotto";
    const CLI::App* last = &grammar.app;
    for (const CLI::App* app = last; app != nullptr;) {
        last = app;
        const auto chosen = app->get_subcommands();
        app = chosen.empty() ? nullptr : chosen.front();
        command += app == nullptr ? "" : " " + app->get_name();
    }
    std::string what = error.what();
    what = what.substr(0, what.find('\n'));
    // What was meant as a command and is none is left over.
    const auto left = grammar.app.remaining(true);
    if (last->get_require_subcommand_min() > 0 && !left.empty() && !left.front().starts_with('-')) {
        what = "There is no command '" + command + ' ' + left.front() + "'";
    }
    return static_cast<int>(
        out.error({rpc::Exit::Usage, "usage", what + " (see `" + command + " --help`)", std::nullopt}));
}

int runCommand(int argc, char** argv) {
    core::startUp();
    cli::Output out;
    cli::GlobalOptions options;
    cli::Grammar grammar(options);
    try {
        grammar.app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return grammar.app.exit(success); // --help, --version
    } catch (const CLI::ParseError& error) {
        out.setForm(options.json ? cli::Form::Json : cli::Form::Text);
        return usageError(grammar, out, error);
    }
    out.setForm(options.json ? cli::Form::Json : cli::Form::Text);
    QCoreApplication::setSetuidAllowed(false);
    // Qt's own dispatcher: GLib's brings nothing here and costs time at every start. Not for our children.
    qputenv("QT_NO_GLIB", "1");
    QCoreApplication application(argc, argv);
    qunsetenv("QT_NO_GLIB");
    cli::Interrupts interrupts;
    cli::Context context(out, interrupts);
    context.options() = options;
    if (const auto loaded = context.loadConfig(); !loaded) {
        return static_cast<int>(out.error(loaded.error()));
    }
    const rpc::Exit exit = grammar.chosen(context);
    context.finish();
    if (!out.isWhole() && exit == rpc::Exit::Done) {
        return static_cast<int>(rpc::Exit::Internal);
    }
    return static_cast<int>(exit);
}

} // namespace

int main(int argc, char** argv) {
    try {
        return runCommand(argc, argv);
    } catch (const std::exception& error) {
        cli::Output().note(std::string("sotto: internal error, please report it: ") + error.what());
        return static_cast<int>(rpc::Exit::Internal);
    }
}
