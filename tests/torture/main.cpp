// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-torture: real relays, clients and links, killed, stopped, cut and starved, and what came of it.
#include "tests/torture/parts.h"
#include "tests/torture/scenario.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace sotto::torture;

namespace {

constexpr int kViolations = 1;
constexpr int kUsage = 2;

int refuse(const std::string& sentence) {
    std::fprintf(stderr, "sotto-torture: %s\n", sentence.c_str());
    return kUsage;
}

int run(const Arguments& arguments) {
    if (arguments.proxyPort != 0) {
        const FaultProxy probe(arguments.proxyPort); // throws when somebody else has it
    }
    QElapsedTimer timer;
    timer.start();
    Findings findings;
    const auto part = [&](bool wanted, const char* name, auto function) {
        if (wanted) {
            std::fprintf(stderr, "== %s\n", name);
            try {
                function(arguments, findings);
            } catch (const std::exception& error) {
                findings.violation("broken", QString(name) + ": " + error.what());
            }
        }
    };
    part(arguments.syscalls || arguments.relaySyscalls, "crash points", runCrashPoints);
    part(arguments.hasTraffic(), "random kills", runTraffic);
    part(arguments.cuts > 0, "cuts", runCuts);
    part(arguments.diskFull > 0, "full disks", runFullDisk);
    part(arguments.slowDisk, "slow disk", runSlowDisk);
    part(arguments.replay > 0, "mailbox replay", runReplay);
    part(arguments.restores > 0, "restores", runRestores);
    part(arguments.forged > 0, "forged counters", runForged);
    const QByteArray summary =
        findings.toJson({{"seed", static_cast<qint64>(arguments.seed)}, {"seconds", timer.elapsed() / 1000}});
    std::printf("%s\n", summary.constData());
    return findings.isClean() ? 0 : kViolations;
}

} // namespace

int main(int argc, char** argv) {
    const auto arguments = parseArguments({argv + 1, argv + argc});
    if (!arguments) {
        return refuse(arguments.error());
    }
    if (arguments->help) {
        std::fputs(usage().c_str(), stdout);
        return 0;
    }
    if (!arguments->hasPart()) {
        return refuse("nothing to do; see sotto-torture --help");
    }
    if (!arguments->only.empty()) {
        std::string names;
        bool isThere = false;
        for (const auto& entry : scenarios()) {
            if (entry.ofRelay ? arguments->relaySyscalls : arguments->syscalls) {
                names += std::string(names.empty() ? "" : ", ") + entry.name;
                isThere |= arguments->only == entry.name;
            }
        }
        if (!isThere) {
            return refuse("there is no scenario '" + arguments->only +
                          "' among those asked for: " + (names.empty() ? "none" : names));
        }
    }
    // The programs under test lie beside this one unless somebody says otherwise.
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    ::setenv("SOTTO_BIN_DIR", self.parent_path().c_str(), 0);
    try {
        return run(*arguments);
    } catch (const std::exception& failure) {
        return refuse(failure.what());
    }
}
