// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/parts.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace sotto::torture {

namespace {

constexpr qint64 kKills = 10;
constexpr qint64 kPortion = 5'000;
constexpr auto kPatience = std::chrono::minutes(60);

/// VmHWM of a process: the most memory it ever had.
qint64 peakBytes(pid_t process) {
    for (const QByteArray& line : contents("/proc/" + QString::number(process) + "/status").split('\n')) {
        if (line.startsWith("VmHWM:")) {
            return line.mid(6).trimmed().split(' ').first().toLongLong() * 1024;
        }
    }
    return 0;
}

/// Lines of messages in a file that only grows.
class Counter {
public:
    explicit Counter(const QString& path)
        : m_path(path) {}
    qint64 count() {
        QFile file(m_path);
        if (file.open(QFile::ReadOnly) && file.seek(m_read)) {
            const QByteArray news = file.readAll();
            const qsizetype whole = news.lastIndexOf('\n') + 1;
            m_read += whole;
            m_count += news.left(whole).count("\"type\":\"message\"");
        }
        return m_count;
    }

private:
    QString m_path;
    qint64 m_read = 0;
    qint64 m_count = 0;
};

} // namespace

void runReplay(const Arguments& arguments, Findings& findings) {
    const auto messages = static_cast<qint64>(arguments.replay);
    const Cast cast;
    const auto bob = cast.person("bob");
    // Who only fills the mailbox lives in memory: a commit a message would take longer than all the rest.
    const QByteArray disk = qgetenv("TMPDIR");
    if (QFileInfo("/dev/shm").isWritable()) {
        qputenv("TMPDIR", "/dev/shm");
    }
    const auto alice = cast.person("alice");
    disk.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", disk);
    alice->must({"contact", "add", "bob"});
    bob->must({"contact", "add", "alice"});
    const QString lines = alice->home() + "/lines";
    const QString printed = bob->home() + "/printed";
    QElapsedTimer timer;
    timer.start();
    // In portions: a client that has very many messages queued takes long to send them.
    const auto end = [&](Process& process) {
        if (!process.waitForEnd(kPatience) || process.exitCode() != 0) {
            throw std::runtime_error("the mailbox could not be filled");
        }
    };
    for (qint64 first = 1; first <= messages; first += kPortion) {
        QByteArray text;
        const qint64 last = std::min(messages, first + kPortion - 1);
        for (qint64 i = first; i < last; ++i) {
            text += (numbered("alice", i) + " " + QString(200, 'x') + "\n").toUtf8();
        }
        QFile::remove(lines);
        append(lines, text);
        Launch queue = launchFor(*alice, {"--json", "send", "@bob", "--lines", "--no-push"});
        queue.in = lines.toStdString();
        Process queued(queue);
        end(queued);
        Process pushed(
            launchFor(*alice, {"--json", "send", "@bob",
                               last == messages ? QString("the last one") : numbered("alice", last), "--wait",
                               "relay", "--timeout", "10m"}));
        end(pushed);
    }
    std::fprintf(stderr, "  %lld messages are at the relay after %lld ms\n", static_cast<long long>(messages),
                 static_cast<long long>(timer.elapsed()));

    Counter counter(printed);
    qint64 peak = 0;
    qint64 kills = 0;
    beginRun(printed, RunAfter::End);
    Launch receive = launchFor(*bob, {"--json", "recv", "--follow", "--types", "message,alarm,key_change"});
    receive.out = printed.toStdString();
    timer.restart();
    auto process = std::make_unique<Process>(receive);
    QDeadlineTimer stuck(std::chrono::minutes(2));
    qint64 last = 0;
    // What a killed run printed and had not noted down is printed again; distinct ones are counted in the
    // end.
    while (true) {
        std::this_thread::sleep_for(Milliseconds(10));
        const qint64 count = counter.count();
        peak = std::max(peak, peakBytes(process->pid()));
        if (count != last) {
            last = count;
            stuck = QDeadlineTimer(std::chrono::minutes(2));
        } else if (stuck.hasExpired() || !process->isRunning()) {
            findings.violation("broken", "the replay does not get on");
            return;
        }
        if (kills < kKills && count >= messages * (kills + 1) / (kKills + 1)) {
            process->kill();
            ++kills;
            beginRun(printed, RunAfter::Kill);
            process = std::make_unique<Process>(receive);
        } else if (count >= messages && contents(printed).right(4096).contains("\"the last one\"")) {
            break;
        }
    }
    const qint64 elapsed = timer.elapsed();
    process->signal(SIGTERM);
    process->waitForEnd(std::chrono::seconds(30));
    findings.count("replay_messages", messages);
    findings.count("replay_kills", kills);
    findings.set("replay_ms", elapsed);
    findings.set("replay_per_second", messages * 1000 / std::max<qint64>(1, elapsed));
    findings.set("replay_peak_bytes", peak);
    Checker(findings, "replay")
        .delivered({}, Checker::history(*alice, "bob"), Checker::history(*bob, "alice"), printed);
}

} // namespace sotto::torture
