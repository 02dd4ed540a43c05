// SPDX-License-Identifier: GPL-3.0-or-later
// How long `sotto send` takes from the start of its process to its end with "queued": alone with a key file,
// with an owner running, and fifty at once beside an owner. Then how long a full mailbox takes, and how much
// memory.
#include "tests/bench/timed_run.h"
#include "tests/support/programs.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace sotto::test;

namespace {

using SteadyClock = std::chrono::steady_clock;

/// posix_spawn and wait4: a QProcess would add its own event loop to what is measured.
struct Child {
    pid_t pid = -1;
    SteadyClock::time_point started;
    double milliseconds = 0;
    int exit = -1;
};

std::vector<std::string> environmentOf(const Person& person) {
    std::vector<std::string> variables;
    for (const QString& variable : person.environment().toStringList()) {
        variables.push_back(variable.toStdString());
    }
    return variables;
}

Child start(const Person& person, const QStringList& arguments) {
    std::vector<std::string> words = {program("sotto").toStdString()};
    for (const QString& argument : arguments) {
        words.push_back(argument.toStdString());
    }
    std::vector<std::string> variables = environmentOf(person);
    std::vector<char*> argv;
    std::vector<char*> envp;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    for (std::string& variable : variables) {
        envp.push_back(variable.data());
    }
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    Child child;
    child.started = SteadyClock::now();
    if (posix_spawn(&child.pid, argv[0], &files, nullptr, argv.data(), envp.data()) != 0) {
        child.pid = -1;
    }
    posix_spawn_file_actions_destroy(&files);
    return child;
}

void finish(std::vector<Child>& children) {
    for (std::size_t left = children.size(); left > 0; --left) {
        int status = 0;
        const pid_t ended = wait(&status);
        for (Child& child : children) {
            if (child.pid == ended) {
                child.milliseconds =
                    std::chrono::duration<double, std::milli>(SteadyClock::now() - child.started).count();
                child.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
            }
        }
    }
}

struct Figures {
    double median = 0;
    double p95 = 0;
    double most = 0;
    int failed = 0;
    double wall = 0;
};

Figures figuresOf(std::vector<Child> children, double wall) {
    Figures figures;
    figures.wall = wall;
    for (const Child& child : children) {
        figures.failed += child.exit != 0;
    }
    std::sort(children.begin(), children.end(),
              [](const Child& a, const Child& b) { return a.milliseconds < b.milliseconds; });
    figures.median = children[children.size() / 2].milliseconds;
    figures.p95 = children[children.size() * 95 / 100].milliseconds;
    figures.most = children.back().milliseconds;
    return figures;
}

/// `count` sends, `together` of them at a time.
Figures measure(const Person& person, int count, int together, const QStringList& more) {
    const auto begin = SteadyClock::now();
    std::vector<Child> all;
    for (int done = 0; done < count; done += together) {
        std::vector<Child> batch;
        for (int i = 0; i < together; ++i) {
            batch.push_back(start(person, QStringList{"send", "@bob", "hello"} + more));
        }
        finish(batch);
        all.insert(all.end(), batch.begin(), batch.end());
    }
    return figuresOf(all, std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count());
}

constexpr int kDrained = 10'000;

struct Drain {
    double seconds = 0;   ///< from the owner's start, its log-in included
    double mebibytes = 0; ///< the most memory the receiving process ever had
    bool whole = false;
};

/// Ten thousand texts of 256 bytes that wait at the relay, received by a process with a key file.
Drain drain(const Person& sender, const Person& receiver) {
    const QByteArray line = QByteArray(256, 'x') + '\n';
    const auto sending = sender.follow();
    if (sender.run({"send", "@" + receiver.name(), "--lines"}, line.repeated(kDrained)).exit != 0) {
        return {};
    }
    const auto queued = [&] {
        const auto status = sender.json({"status"}).objects();
        return status.isEmpty() ? -1 : status.front()["queued"].toInt(-1);
    };
    if (!eventually([&] { return queued() == 0; })) {
        return {};
    }
    Drain result;
    const auto begin = SteadyClock::now();
    const auto receiving = receiver.start({"daemon", "--json"});
    const auto received = [&] {
        const auto status = receiver.json({"status"}).objects();
        return status.isEmpty() ? -1 : status.front()["messages"].toInt(-1);
    };
    // Not before it serves the others: else one of them would become the owner.
    const QDir sockets(receiver.home() + "/run/sotto");
    result.whole = eventually([&] {
                       return !sockets.entryList({"*.sock"}, QDir::AllEntries | QDir::System).isEmpty();
                   }) &&
                   eventually([&] { return received() >= kDrained; });
    result.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    QFile status(QString("/proc/%1/status").arg(receiving->pid()));
    if (status.open(QIODevice::ReadOnly)) {
        for (const QByteArray& entry : status.readAll().split('\n')) {
            if (entry.startsWith("VmHWM:")) {
                result.mebibytes = entry.mid(6).trimmed().split(' ').front().toDouble() / 1024;
            }
        }
    }
    return result;
}

QJsonObject jsonOf(const Figures& figures, double limitMs) {
    return {{"median_ms", figures.median},
            {"p95_ms", figures.p95},
            {"max_ms", figures.most},
            {"failed", figures.failed},
            {"wall_ms", figures.wall},
            {"limit_ms", limitMs},
            {"met", figures.p95 < limitMs && figures.failed == 0}};
}

void print(const char* what, const Figures& figures, double limitMs) {
    std::printf("%-44s median %6.1f ms  p95 %6.1f  max %6.1f  failed %d  (limit %.0f ms)\n", what,
                figures.median, figures.p95, figures.most, figures.failed, limitMs);
}

} // namespace

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    if (qEnvironmentVariableIsEmpty("SOTTO_BIN_DIR")) {
        qputenv("SOTTO_BIN_DIR", QCoreApplication::applicationDirPath().toUtf8());
    }
    const bool json = application.arguments().contains("--json");
    Relay relay({"--invites", "20", "--limit", "messages-per-second=1000000", "--limit",
                 "messages-burst=1000000", "--limit", "bytes-per-second=1000000000", "--limit",
                 "bytes-burst=1000000000"});
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});

    const sotto::bench::TimedRun run;
    const Figures alone = measure(alice, 40, 1, {"--wait", "queued"});
    Figures owned;
    Figures parallel;
    {
        const auto owner = alice.follow();
        owned = measure(alice, 40, 1, {});
        parallel = measure(alice, 50, 50, {});
    }
    const Drain drained = drain(alice, bob);
    if (json) {
        const QJsonObject all{{"bench", "cli"},
                              {"without_owner", jsonOf(alone, 150)},
                              {"with_owner", jsonOf(owned, 50)},
                              {"fifty_parallel", jsonOf(parallel, 50)},
                              {"fifty_parallel_per_send_ms", parallel.wall / 50},
                              {"drain_seconds", drained.seconds},
                              {"drain_met", drained.whole && drained.seconds < 5},
                              {"drain_mebibytes", drained.mebibytes},
                              {"memory_met", drained.whole && drained.mebibytes < 80},
                              {"other_processors", run.otherProcessors()}};
        std::printf("%s\n", QJsonDocument(all).toJson(QJsonDocument::Compact).constData());
    } else {
        print("sotto send, key file, no owner: to queued", alone, 150);
        print("sotto send, owner running: to queued", owned, 50);
        print("50 sotto send at once, owner running: each", parallel, 50);
        std::printf("%-44s %6.1f ms of wall time a send\n", "", parallel.wall / 50);
        std::printf(
            "%d waiting texts of 256 bytes received and stored in %.2f s%s (limit 5 s), by a process of at "
            "most %.1f MiB (limit 80)\n",
            kDrained, drained.seconds, drained.whole ? "" : ": NOT ALL", drained.mebibytes);
        std::printf("processors used by others meanwhile: %.2f\n", run.otherProcessors());
    }
    return 0;
}
