// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/arguments.h"

#include "server-stub/faults/fault_plan.h"

#include <charconv>
#include <limits>
#include <map>
#include <variant>

namespace sotto::torture {

namespace {

template <class Number>
bool read(const std::string& text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && last == end && !text.empty();
}

} // namespace

std::string usage() {
    return "sotto-torture [--kills N] [--relay-kills N] [--messages N] [--minutes M] [--syscalls [--points "
           "N]\n"
           "              [--only SCENARIO]] [--cuts N] [--disk-full LEVELS] [--slow-disk] [--replay "
           "MESSAGES]\n"
           "              [--relay-syscalls] [--restores N] [--forged SECONDS]\n"
           "              [--seed K] [--proxy-port PORT] [--faults PLAN]\n"
           "Real processes under kill -9, full disks and bad links. The last line of stdout is a JSON "
           "summary;\n"
           "exit code 0 without violations, 1 with, 2 for wrong arguments.\n"
           "  --kills N          kill clients N times at random while messages travel\n"
           "  --relay-kills N    kill the relay N times meanwhile\n"
           "  --messages N       how many messages travel (default 50 for each kill)\n"
           "  --minutes M        go on with random kills for M minutes\n"
           "  --syscalls         kill before and after each state-changing system call of every scenario\n"
           "  --relay-syscalls   the same to the relay, while people use it\n"
           "  --points N         at most N of these, spread evenly\n"
           "  --only SCENARIO    only this one\n"
           "  --cuts N           end N sessions after so many bytes\n"
           "  --disk-full LEVELS fill disks up to that many levels, and mount them read-only\n"
           "  --slow-disk        every fsync takes 200 ms\n"
           "  --replay MESSAGES  fetch a mailbox of that many messages, killed ten times on the way\n"
           "  --restores N       put the relay back to a backup N times, and N clients to copies\n"
           "  --forged SECONDS   100 headers a second with forged counters\n"
           "  --seed K           what is random follows from this (default 1)\n"
           "  --faults PLAN      meanwhile the relay breaks things itself, as with sotto-relay up --testing "
           "--faults\n"
           "  --proxy-port PORT  where the fault proxy listens (default 0: any free port)\n";
}

Expected<Arguments, std::string> parseArguments(const std::vector<std::string>& words) {
    Arguments arguments;
    using Target = std::variant<std::uint64_t*, std::uint16_t*, bool*, std::string*>;
    const std::map<std::string, Target> options = {
        {"--kills", &arguments.kills},
        {"--relay-kills", &arguments.relayKills},
        {"--messages", &arguments.messages},
        {"--minutes", &arguments.minutes},
        {"--syscalls", &arguments.syscalls},
        {"--points", &arguments.points},
        {"--cuts", &arguments.cuts},
        {"--disk-full", &arguments.diskFull},
        {"--slow-disk", &arguments.slowDisk},
        {"--replay", &arguments.replay},
        {"--seed", &arguments.seed},
        {"--proxy-port", &arguments.proxyPort},
        {"--only", &arguments.only},
        {"--faults", &arguments.faults},
        {"--relay-syscalls", &arguments.relaySyscalls},
        {"--restores", &arguments.restores},
        {"--forged", &arguments.forged},
        {"--help", &arguments.help},
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto option = options.find(words[i]);
        if (option == options.end()) {
            return unexpected("there is no option '" + words[i] + "'; see sotto-torture --help");
        }
        if (bool* const* flag = std::get_if<bool*>(&option->second)) {
            **flag = true;
            continue;
        }
        if (++i == words.size()) {
            return unexpected(option->first + " needs a value");
        }
        if (std::string* const* text = std::get_if<std::string*>(&option->second)) {
            **text = words[i];
            continue;
        }
        bool good = false;
        if (std::uint64_t* const* number = std::get_if<std::uint64_t*>(&option->second)) {
            good = read(words[i], **number);
        } else if (std::uint16_t* const* port = std::get_if<std::uint16_t*>(&option->second)) {
            good = read(words[i], **port);
        }
        if (!good) {
            return unexpected(option->first + " takes a whole number" +
                              (option->first == "--proxy-port" ? " up to 65535" : "") + ", not '" + words[i] +
                              "'");
        }
    }
    if (!arguments.faults.empty()) {
        if (const auto plan = relay::parseFaultPlan(arguments.faults); !plan) {
            return unexpected("--faults, at character " + std::to_string(plan.error().position + 1) + ": " +
                              plan.error().sentence);
        }
    }
    return arguments;
}

} // namespace sotto::torture
