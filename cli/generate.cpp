// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/generate.h"

#include <functional>
#include <sstream>

namespace sotto::cli {

namespace {

std::string firstLine(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// "-n --count" for what a person may type.
std::vector<std::string> spellings(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) {
        names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        names.push_back("--" + name);
    }
    return names;
}

std::vector<const CLI::Option*> typed(const CLI::App& app) {
    std::vector<const CLI::Option*> options;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) {
            options.push_back(option);
        }
    }
    return options;
}

/// Calls visit for the app and everything below, with the words that lead there.
void walk(const CLI::App& app, std::vector<std::string> words,
          const std::function<void(const CLI::App&, const std::vector<std::string>&)>& visit) {
    visit(app, words);
    for (const CLI::App* sub : app.get_subcommands({})) {
        auto deeper = words;
        deeper.push_back(sub->get_name());
        walk(*sub, deeper, visit);
    }
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : between) + word;
    }
    return text;
}

/// Everything that may follow: subcommands and options, with the global ones.
std::vector<std::string> candidates(const CLI::App& root, const CLI::App& app) {
    std::vector<std::string> words;
    for (const CLI::App* sub : app.get_subcommands({})) {
        words.push_back(sub->get_name());
    }
    for (const CLI::Option* option : typed(app)) {
        for (const std::string& name : spellings(*option)) {
            words.push_back(name);
        }
    }
    if (&app != &root) {
        for (const CLI::Option* option : typed(root)) {
            for (const std::string& name : spellings(*option)) {
                if (std::find(words.begin(), words.end(), name) == words.end()) {
                    words.push_back(name);
                }
            }
        }
    }
    return words;
}

std::string escapedFor(const std::string& text, const std::string& special, const std::string& escape) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string::npos) {
            result += escape;
        }
        result += c;
    }
    return result;
}

std::string roff(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\') {
            result += "\\e";
        } else if (c == '-') {
            result += "\\-";
        } else {
            result += c;
            if (c == '\n') {
                result += "\\&"; // a line may begin with . or '
            }
        }
    }
    return result;
}

void appendOptions(std::ostringstream& page, const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        page << ".TP\n";
        if (option->get_positional()) {
            page << ".I " << roff(option->get_name(true)) << "\n";
        } else {
            const std::string value =
                option->get_items_expected_max() == 0 ? "" : " " + option->get_type_name();
            page << ".B " << roff(joined(spellings(*option), ", ") + value) << "\n";
        }
        page << roff(option->get_description()) << "\n";
    }
}

} // namespace

std::string bashCompletions(const CLI::App& app) {
    std::ostringstream script;
    script << "# bash completion for sotto\n"
              "_sotto() {\n"
              "    local word=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" at\n"
              "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
              "        case \"$path ${COMP_WORDS[at]}\" in\n";
    walk(app, {}, [&](const CLI::App&, const std::vector<std::string>& words) {
        if (!words.empty()) {
            const std::vector<std::string> before(words.begin(), words.end() - 1);
            const std::string key = (before.empty() ? "" : " " + joined(before, " ")) + " " + words.back();
            script << "        '" << key << "') path='" << (" " + joined(words, " ")) << "' ;;\n";
        }
    });
    script << "        esac\n"
              "    done\n"
              "    case \"$path\" in\n";
    walk(app, {}, [&](const CLI::App& sub, const std::vector<std::string>& words) {
        script << "    '" << (words.empty() ? "" : " " + joined(words, " ")) << "') COMPREPLY=($(compgen -W '"
               << joined(candidates(app, sub), " ") << "' -- \"$word\")) ;;\n";
    });
    script << "    esac\n"
              "}\n"
              "complete -o default -F _sotto sotto";
    return script.str();
}

std::string zshCompletions(const CLI::App& app) {
    std::ostringstream script;
    script << "#compdef sotto\n"
              "# zsh completion for sotto\n"
              "_sotto() {\n"
              "    local typed=\"\" word\n"
              "    local -a found\n"
              "    for word in ${words[2,CURRENT-1]}; do\n"
              "        case \"$typed $word\" in\n";
    walk(app, {}, [&](const CLI::App&, const std::vector<std::string>& words) {
        if (!words.empty()) {
            script << "        ' " << joined(words, " ") << "') typed=' " << joined(words, " ") << "' ;;\n";
        }
    });
    script << "        esac\n"
              "    done\n"
              "    case \"$typed\" in\n";
    const auto described = [](const std::string& name, const std::string& help) {
        return " '" + escapedFor(name, ":", "\\") + ":" + escapedFor(firstLine(help), "'", "'\\'") + "'";
    };
    walk(app, {}, [&](const CLI::App& sub, const std::vector<std::string>& words) {
        script << "    '" << (words.empty() ? "" : " " + joined(words, " ")) << "') found=(";
        for (const CLI::App* below : sub.get_subcommands({})) {
            script << described(below->get_name(), below->get_description());
        }
        for (const CLI::Option* option : typed(sub)) {
            for (const std::string& name : spellings(*option)) {
                script << described(name, option->get_description());
            }
        }
        script << " ) ;;\n";
    });
    script << "    esac\n"
              "    _describe 'sotto' found\n"
              "    _files\n"
              "}\n"
              "_sotto \"$@\"";
    return script.str();
}

std::string fishCompletions(const CLI::App& app) {
    std::ostringstream script;
    script << "# fish completion for sotto\ncomplete -c sotto -f\n";
    const auto quoted = [](const std::string& text) { return "'" + escapedFor(text, "'\\", "\\") + "'"; };
    walk(app, {}, [&](const CLI::App& sub, const std::vector<std::string>& words) {
        std::string condition;
        for (const std::string& word : words) {
            condition +=
                (condition.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") + word;
        }
        std::vector<std::string> below;
        for (const CLI::App* next : sub.get_subcommands({})) {
            below.push_back(next->get_name());
        }
        const std::string none = below.empty() ? "" : "not __fish_seen_subcommand_from " + joined(below, " ");
        for (const CLI::App* next : sub.get_subcommands({})) {
            script << "complete -c sotto -n "
                   << quoted(condition.empty() ? none : condition + "; and " + none) << " -a "
                   << next->get_name() << " -d " << quoted(firstLine(next->get_description())) << "\n";
        }
        for (const CLI::Option* option : typed(sub)) {
            script << "complete -c sotto";
            if (!condition.empty()) {
                script << " -n " << quoted(condition);
            }
            for (const std::string& name : option->get_snames()) {
                script << " -s " << name;
            }
            for (const std::string& name : option->get_lnames()) {
                script << " -l " << name;
            }
            script << (option->get_items_expected_max() == 0 ? "" : " -r") << " -d "
                   << quoted(option->get_description()) << "\n";
        }
    });
    std::string text = script.str();
    text.pop_back();
    return text;
}

std::string manualPage(const CLI::App& app) {
    std::ostringstream page;
    page << ".TH SOTTO 1\n.SH NAME\nsotto \\- end\\-to\\-end encrypted chat\n.SH SYNOPSIS\n.B "
            "sotto\n[options] "
            "command [arguments]\n.SH OPTIONS\n";
    appendOptions(page, app);
    page << ".SH COMMANDS\n";
    walk(app, {}, [&](const CLI::App& sub, const std::vector<std::string>& words) {
        if (words.empty() || !sub.get_subcommands({}).empty()) {
            return;
        }
        const std::string description = sub.get_description();
        page << ".SS sotto " << roff(joined(words, " ")) << "\n" << roff(firstLine(description)) << ".\n";
        appendOptions(page, sub);
        if (const auto end = description.find('\n'); end != std::string::npos) {
            page << ".PP\nExamples:\n.PP\n.nf\n\\&" << roff(description.substr(end + 1)) << "\n.fi\n";
        }
    });
    page << ".SH \"EXIT STATUS\"\n.nf\n\\&" << roff(app.get_footer()) << "\n.fi";
    return page.str();
}

} // namespace sotto::cli
