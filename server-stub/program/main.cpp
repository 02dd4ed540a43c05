// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "server-stub/program/backup.h"
#include "server-stub/program/data_directory.h"
#include "server-stub/program/up.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <exception>
#include <iostream>

using namespace sotto;
using namespace sotto::relay;

namespace {

struct Usage {
    std::string sentence;
};

/// "90s", "15m", "12h", "7d".
Milliseconds parseDuration(const std::string& option, const std::string& text) {
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, count);
    constexpr std::int64_t kMaxDays = 3650;
    std::int64_t seconds = 0;
    if (error == std::errc() && unit + 1 == end && count > 0 && count < 1'000'000'000) {
        seconds = *unit == 's' ? count : *unit == 'm' ? count * 60 : *unit == 'h' ? count * 3600 : 0;
        seconds = *unit == 'd' ? count * 86400 : seconds;
    }
    if (seconds == 0 || seconds > kMaxDays * 86400) {
        throw Usage{option + " takes a time such as 90s, 15m, 12h or 7d, not '" + text + "'"};
    }
    return std::chrono::seconds(seconds);
}

/// "HOST:PORT", "[V6]:PORT"; port 0 lets the system choose.
UpOptions::Endpoint parseEndpoint(const char* option, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos && colon > 0) {
        const char* end = text.data() + text.size();
        const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, port);
        std::string host = text.substr(0, colon);
        const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (bracketed) {
            host = host.substr(1, host.size() - 2);
        }
        if (error == std::errc() && parsed == end && (bracketed || host.find(':') == std::string::npos)) {
            return {host, port};
        }
    }
    throw Usage{std::string(option) + " takes HOST:PORT, such as 127.0.0.1:4433 or [::1]:0, not '" + text +
                "'"};
}

int run(int argc, char** argv) {
    CLI::App app(
        "The Sotto relay: keeps encrypted messages until they are fetched, and can read none of them.",
        "sotto-relay");
    app.require_subcommand(1);
    app.set_version_flag("--version", "sotto-relay " SOTTO_VERSION);

    UpOptions upOptions;
    std::string listen;
    std::string upData;
    std::string metrics;
    std::string retention;
    std::vector<std::string> limits;
    CLI::App* upCommand = app.add_subcommand("up", "Run a relay");
    upCommand->footer("Examples:\n"
                      "  sotto-relay up\n"
                      "  sotto-relay up --listen 0.0.0.0:4433 --public-host chat.example.org\n"
                      "  sotto-relay up --listen 127.0.0.1:0 --data DIR --invites 2 --json");
    upCommand->add_option("--listen", listen, "HOST:PORT (default 127.0.0.1:4433; port 0: any free one)");
    upCommand->add_option("--metrics", metrics,
                          "HOST:PORT on this machine where /metrics, /health and /ready are shown");
    upCommand->add_option("--data", upData, "where everything is kept (default $XDG_STATE_HOME/sotto-relay)");
    upCommand->add_option("--public-host", upOptions.publicHost, "name or address that join links carry");
    upCommand->add_flag("--plain", upOptions.plain, "ws:// without TLS, on this machine only");
    upCommand->add_flag("--open-registration", upOptions.openRegistration,
                        "no invite is needed to make an account");
    upCommand
        ->add_option("--invites", upOptions.invites, "join links to make at the start, each for one account")
        ->check(CLI::Range(0U, 1000U));
    upCommand->add_option("--retention", retention, "how long undelivered mail is kept (default 30d)");
    upCommand->add_option("--limit", limits, "NAME=VALUE, may be repeated; `--limit help` lists them");
    upCommand->add_flag("--json", upOptions.json, "print one JSON line when ready");
    std::string faults;
    upCommand->add_flag("--testing", upOptions.testing,
                        "a relay for tests: says so to everyone, and keeps to a directory made for it");
    upCommand->add_option("--faults", faults,
                          "with --testing: what to break, such as seed=42,drop=2%,delay=50..2000ms,cut=1/40");

    InviteOptions inviteOptions;
    std::string inviteData;
    std::string expires;
    CLI::App* inviteCommand = app.add_subcommand("invite", "Make join links at a running relay");
    inviteCommand->add_option("--data", inviteData,
                              "the relay's directory (default $XDG_STATE_HOME/sotto-relay)");
    inviteCommand->add_option("--count", inviteOptions.count, "how many, each for one account")
        ->check(CLI::Range(1U, 1000U));
    inviteCommand->add_option("--expires", expires, "how long they hold (default 7d)");
    inviteCommand->add_flag("--json", inviteOptions.json, "one JSON object per line");

    BackupOptions backupOptions;
    std::string backupData;
    std::string backupFile;
    CLI::App* backupCommand =
        app.add_subcommand("backup", "Copy the relay's database into a file, also while it runs");
    backupCommand->add_option("--to", backupFile, "the new file")->required();
    CLI::App* restoreCommand =
        app.add_subcommand("restore", "Put a backup in the place of a stopped relay's database");
    restoreCommand->add_option("--from", backupFile, "the backup")->required();
    for (CLI::App* command : {backupCommand, restoreCommand}) {
        command->add_option("--data", backupData,
                            "the relay's directory (default $XDG_STATE_HOME/sotto-relay)");
        command->add_flag("--json", backupOptions.json, "one JSON object");
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return app.exit(error); // --help, --version
        }
        throw Usage{std::string(error.what()) + "; see sotto-relay --help"};
    }
    if (backupCommand->parsed() || restoreCommand->parsed()) {
        backupOptions.data = backupData.empty() ? defaultDataDirectory() : std::filesystem::path(backupData);
        backupOptions.file = backupFile;
        return static_cast<int>(backupCommand->parsed() ? backup(backupOptions) : restore(backupOptions));
    }
    if (inviteCommand->parsed()) {
        inviteOptions.data = inviteData.empty() ? defaultDataDirectory() : std::filesystem::path(inviteData);
        if (!expires.empty()) {
            inviteOptions.expires = parseDuration("--expires", expires);
        }
        return static_cast<int>(invite(inviteOptions));
    }
    for (const std::string& limit : limits) {
        if (limit == "help") {
            std::cout << "Limits, with what they are now:\n" << describe(upOptions.limits);
            return 0;
        }
        if (const auto assigned = assign(upOptions.limits, limit); !assigned) {
            throw Usage{assigned.error()};
        }
    }
    if (!listen.empty()) {
        const auto endpoint = parseEndpoint("--listen", listen);
        upOptions.host = endpoint.host;
        upOptions.port = endpoint.port;
    }
    if (!metrics.empty()) {
        upOptions.figures = parseEndpoint("--metrics", metrics);
    }
    if (!retention.empty()) {
        upOptions.retention = parseDuration("--retention", retention);
    }
    if (!faults.empty()) {
        if (!upOptions.testing) {
            throw Usage{
                "--faults breaks things on purpose: it needs --testing, and a directory made for tests"};
        }
        const auto plan = parseFaultPlan(faults);
        if (!plan) {
            throw Usage{"--faults, at character " + std::to_string(plan.error().position + 1) + ": " +
                        plan.error().sentence};
        }
        upOptions.faults = *plan;
    }
    upOptions.data = upData.empty() ? defaultDataDirectory() : std::filesystem::path(upData);
    return static_cast<int>(up(upOptions));
}

} // namespace

int main(int argc, char** argv) {
    try {
        initialiseSodium();
        return run(argc, argv);
    } catch (const Usage& usage) {
        return static_cast<int>(fail(ExitCode::Usage, usage.sentence));
    } catch (const std::exception& error) {
        return static_cast<int>(fail(ExitCode::Internal, error.what()));
    }
}
