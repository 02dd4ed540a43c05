// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/child_process.h"
#include "tests/torture/parts.h"
#include "tests/torture/scenario.h"

#include <algorithm>
#include <cstdio>

namespace sotto::torture {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kWorkers = 2;

/// Kills the scenario's process at every point, or at about `most` of them if that is not 0.
void interrupt(const ScenarioEntry& entry, std::uint64_t seed, std::uint64_t most, Findings& findings) {
    const std::unique_ptr<Scenario> scenario = entry.make(findings);
    const Tracer tracer;
    const auto play = [&](CrashPoint point) {
        scenario->prepare();
        const TracedEnd end = tracer.run(scenario->victim(), point, kPatience,
                                         [&](const Process& process) { scenario->begun(process); });
        const QString where = QString("%1 at call %2, %3")
                                  .arg(entry.name)
                                  .arg(point.call)
                                  .arg(point.after ? "after" : "before");
        if (end.hung) {
            findings.violation("broken", where + ": hung");
        } else if (!end.killed && end.exitCode != 0) {
            findings.violation("broken",
                               where + ": ended with " + QString::number(end.exitCode.value_or(-1)));
        }
        scenario->recover(end);
        if (end.killed) {
            findings.count("crash_points");
        }
        if (!findings.isClean()) {
            findings.violation(
                "broken",
                QString("replay: sotto-torture --%1syscalls --only ").arg(entry.ofRelay ? "relay-" : "") +
                    entry.name + " (" + where + ")");
        }
        return end;
    };
    const int calls = play({}).calls;
    const auto points = static_cast<std::uint64_t>(calls) * 2;
    const std::uint64_t step = most == 0 || points <= most ? 1 : (points + most - 1) / most;
    std::fprintf(stderr, "%s: %d state-changing calls\n", entry.name, calls);
    // Timers make runs differ a little: all have been met when nothing was killed twice in succession.
    const int enough = step == 1 ? 2 : 1;
    int ended = 0;
    for (std::uint64_t point = seed % step; ended < enough && findings.isClean(); point += step) {
        const TracedEnd end = play({static_cast<int>(point / 2) + 1, point % 2 == 1});
        ended = end.killed ? 0 : ended + 1;
    }
    if (findings.isClean()) {
        scenario->finish();
        findings.count("scenarios");
    }
}

} // namespace

void runCrashPoints(const Arguments& arguments, Findings& findings) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < scenarios().size(); ++i) {
        const ScenarioEntry& entry = scenarios()[i];
        const bool wanted = entry.ofRelay ? arguments.relaySyscalls : arguments.syscalls;
        if (wanted && (arguments.only.empty() || arguments.only == entry.name)) {
            chosen.push_back(i);
        }
    }
    const std::uint64_t most =
        arguments.points == 0 ? 0 : std::max<std::uint64_t>(1, arguments.points / chosen.size());
    // A pipe deals the scenarios out: whoever is done takes the next.
    int cards[2];
    if (::pipe(cards) != 0) {
        throw std::runtime_error("no pipe");
    }
    for (const std::size_t index : chosen) {
        const auto card = static_cast<std::uint8_t>(index);
        if (::write(cards[1], &card, 1) != 1) {
            throw std::runtime_error("cannot write to a pipe");
        }
    }
    ::close(cards[1]);
    std::vector<std::unique_ptr<test::Child>> workers;
    for (int i = 0; i < kWorkers; ++i) {
        workers.push_back(std::make_unique<test::Child>([&]() -> std::string {
            Findings own;
            std::uint8_t card = 0;
            while (::read(cards[0], &card, 1) == 1) {
                Findings found;
                try {
                    interrupt(scenarios()[card], arguments.seed, most, found);
                } catch (const TracingRefused& refused) {
                    found.skip(QString("crash points of ") + scenarios()[card].name, refused.what());
                } catch (const std::exception& error) {
                    found.violation("broken", QString(scenarios()[card].name) + ": " + error.what());
                }
                own.add(found);
            }
            return own.toJson().toStdString();
        }));
    }
    ::close(cards[0]);
    for (const auto& worker : workers) {
        const std::string report = worker->report();
        if (report.empty() || report.front() != '{') {
            findings.violation("broken", "a worker ended early: " + QString::fromStdString(report));
        } else {
            findings.add(Findings::fromJson(QByteArray::fromStdString(report)));
        }
    }
}

} // namespace sotto::torture
