// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/generate.h"
#include "cli/grammar.h"

namespace sotto::cli {

Command completionsCommand() {
    return {{"completions"},
            "Print completions for a shell, or the manual page",
            "sotto completions bash > ~/.local/share/bash-completion/completions/sotto\n"
            "sotto completions zsh > ~/.zfunc/_sotto\n"
            "sotto completions fish > ~/.config/fish/completions/sotto.fish\n"
            "sotto completions man > ~/.local/share/man/man1/sotto.1",
            [](Synopsis& synopsis) -> Run {
                auto kind = std::make_shared<std::string>();
                synopsis.option("KIND", *kind, "bash, zsh, fish or man")
                    .required()
                    .oneOf({"bash", "zsh", "fish", "man"});
                return [kind](Context& context) {
                    GlobalOptions unused;
                    const Grammar grammar(unused);
                    const std::string text = *kind == "bash"   ? bashCompletions(grammar.app)
                                             : *kind == "zsh"  ? zshCompletions(grammar.app)
                                             : *kind == "fish" ? fishCompletions(grammar.app)
                                                               : manualPage(grammar.app);
                    context.out().line(text);
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli
