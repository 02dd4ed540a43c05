// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/parts.h"
#include "tests/torture/tracer.h"

#include <QFile>

namespace sotto::torture {

namespace {

constexpr auto kSync = std::chrono::milliseconds(200);
constexpr auto kPatience = std::chrono::minutes(5);
constexpr int kMessages = 200;

} // namespace

void runSlowDisk(const Arguments&, Findings& findings) {
    const Cast cast;
    const auto alice = cast.person("alice");
    const auto bob = cast.person("bob");
    alice->must({"contact", "add", "bob"});
    bob->must({"contact", "add", "alice"});
    QStringList texts;
    for (int i = 1; i <= kMessages; ++i) {
        texts.append(numbered("alice", i));
    }
    const QString lines = alice->home() + "/lines";
    const QString printed = bob->home() + "/printed";
    append(lines, (texts.join('\n') + "\n").toUtf8());
    const auto run = [&](const Launch& launch) {
        const TracedEnd end = Tracer(kSync).run(launch, {}, kPatience);
        if (end.hung || end.exitCode != 0) {
            findings.violation(
                "broken",
                "on a slow disk " + QString::fromStdString(launch.arguments[1]) +
                    (end.hung ? " hangs" : " ends with " + QString::number(end.exitCode.value_or(-1))));
        }
    };
    // Queued without a wait, so that the slow disk is not paid for each message alone.
    Launch queue = launchFor(*alice, {"--json", "send", "@bob", "--lines", "--no-push"});
    queue.in = lines.toStdString();
    Process queued(queue);
    queued.waitForEnd(kPatience);
    run(launchFor(*alice, {"--json", "send", "@bob", texts.emplaceBack("the last one"), "--wait", "relay",
                           "--timeout", "4m"}));
    beginRun(printed, RunAfter::End);
    Launch receive =
        launchFor(*bob, {"--json", "recv", "--max", QString::number(texts.size()), "--timeout", "4m"});
    receive.out = printed.toStdString();
    run(receive);
    Checker(findings, "slow disk")
        .delivered(texts, Checker::history(*alice, "bob"), Checker::history(*bob, "alice"), printed);
    findings.count("slow_disk_messages", texts.size());
}

} // namespace sotto::torture
