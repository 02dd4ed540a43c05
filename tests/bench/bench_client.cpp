// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-client [--json] [--messages N]: what the client does on top of the ratchet. Two clients and a
// relay in this process on a real disk (SQLCipher, synchronous=FULL, batches as the client makes them); only
// the time inside the measured client counts. Beside it the bare library, storing nothing but its session
// record in the same kind of database in batches of 50. Exit 0 when it measured.

#include "core/base/hash.h"
#include "crypto/self_test.h"
#include "tests/bench/timed_run.h"
#include "tests/support/world.h"

#include <QCoreApplication>
#include <climits>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <sys/resource.h>

using namespace sotto;

namespace {

struct Figure {
    const char* name;
    const char* text;
    double value = 0;
    double goal = 0; ///< 0: reported without one
    bool smallerIsBetter = false;
    const char* unit = "";
};

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// The other program's figures: "encrypt" -> messages a second.
std::map<std::string, double> measureBare(std::size_t messages) {
    char own[PATH_MAX] = {};
    std::map<std::string, double> rates;
    if (::readlink("/proc/self/exe", own, sizeof own - 1) <= 0) {
        return rates;
    }
    const std::string command = "'" + std::string(own) + "-bare' " + std::to_string(messages);
    std::FILE* pipe = ::popen(command.c_str(), "r");
    char figure[32];
    double rate = 0;
    while (pipe != nullptr && std::fscanf(pipe, "%31s %lf", figure, &rate) == 2) {
        rates[figure] = rate;
    }
    if (pipe != nullptr) {
        ::pclose(pipe);
    }
    return rates;
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const bool json = arguments.contains(QStringLiteral("--json"));
    const qsizetype at = arguments.indexOf(QStringLiteral("--messages"));
    const auto messages =
        static_cast<std::size_t>(at > 0 && at + 1 < arguments.size() ? arguments[at + 1].toInt() : 10'000);
    qputenv("SOTTO_WORLD_ON_DISK", "1");
    try {
        initialiseSodium();
        crypto::selfTest();
        const bench::TimedRun run;
        relay::Limits limits;
        limits.messagesBurst = limits.messagesPerSecond = 10'000'000;
        limits.bytesBurst = limits.bytesPerSecond = std::uint64_t{1} << 40U;
        limits.mailboxSenderPercent = 100;
        test::World world(limits);
        test::Person& alice = world.person("alice");
        test::Person& bob = world.person("bob");
        alice.knows(bob);
        // Sessions on both sides first: what is measured is the steady state.
        alice.says(bob, "hello");
        world.until([&] { return bob.texts().size() == 1; });
        bob.says(alice, "hello");
        world.until([&] { return alice.texts().size() == 2; });
        world.pass(std::chrono::seconds(10));

        alice.goOffline();
        bob.goOffline();
        const std::string text(256, 'x');
        const auto conversation = alice.client().conversationWith(alice.contact("bob").key).value();
        const auto queueBegin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < messages; ++i) {
            if (!alice.client().sendText(conversation, text)) {
                throw std::runtime_error("queueing failed");
            }
        }
        const double queueing = seconds(std::chrono::steady_clock::now() - queueBegin);

        const auto aliceBefore = alice.busy();
        alice.goOnline();
        if (!world.until([&] { return alice.client().status().queued == 0; }, std::chrono::hours(1))) {
            throw std::runtime_error("sending did not end");
        }
        const double sending = seconds(alice.busy() - aliceBefore);

        const auto bobBefore = bob.busy();
        const auto drainBegin = std::chrono::steady_clock::now();
        bob.goOnline();
        if (!world.until([&] { return bob.client().link().state == core::LinkState::Drained; },
                         std::chrono::hours(1)) ||
            bob.client().status().messages != static_cast<std::int64_t>(messages) + 2) {
            throw std::runtime_error("receiving did not end");
        }
        const double receiving = seconds(bob.busy() - bobBefore);
        const double drain = seconds(std::chrono::steady_clock::now() - drainBegin);
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        const double peak = static_cast<double>(usage.ru_maxrss) / 1024;
        const auto bare = measureBare(messages);

        const auto count = static_cast<double>(messages);
        const auto ratio = [&](const char* what, double ours) {
            const auto found = bare.find(what);
            return found == bare.end() ? 0.0 : ours / found->second;
        };
        const Figure figures[] = {
            {"queued", "messages queued, one durable commit each", count / queueing, 0, false, "/s"},
            {"sent", "messages fixed as bytes, answered and finished", count / sending, 0, false, "/s"},
            {"received", "messages opened, stored and acknowledged", count / receiving, 0, false, "/s"},
            {"bareEncrypt", "bare library, record and a plain message row stored, batches of 50",
             bare.count("encrypt") ? bare.at("encrypt") : 0, 0, false, "/s"},
            {"bareDecrypt", "bare library, record and a plain message row stored, batches of 50",
             bare.count("decrypt") ? bare.at("decrypt") : 0, 0, false, "/s"},
            {"sentRatio", "sent to bare encrypt", ratio("encrypt", count / sending), 0.5, false, ""},
            {"receivedRatio", "received to bare decrypt", ratio("decrypt", count / receiving), 0.5, false,
             ""},
            {"peakMebibytes", "most memory this process had: both clients and the relay", peak, 80, true,
             " MiB"},
            {"drainSeconds", "all drained from the relay, relay included", drain, 5, true, "s"},
        };
        std::ostringstream out;
        out.precision(4);
        if (json) {
            out << "{\"bench\":\"client\",\"messages\":" << messages
                << ",\"otherProcessors\":" << run.otherProcessors() << ",\"figures\":{";
            const char* separator = "";
            for (const Figure& figure : figures) {
                out << separator << '"' << figure.name << "\":{\"value\":" << figure.value;
                if (figure.goal > 0) {
                    const bool reached =
                        figure.smallerIsBetter ? figure.value <= figure.goal : figure.value >= figure.goal;
                    out << ",\"goal\":" << figure.goal << ",\"reached\":" << (reached ? "true" : "false");
                }
                out << '}';
                separator = ",";
            }
            out << "}}\n";
        } else {
            out << messages << " messages of 256 bytes; other processes used " << run.otherProcessors()
                << " processors meanwhile\n";
            for (const Figure& figure : figures) {
                out << figure.name << ": " << figure.value << figure.unit << "  (" << figure.text;
                if (figure.goal > 0) {
                    out << "; goal " << figure.goal << figure.unit;
                }
                out << ")\n";
            }
        }
        std::cout << out.str();
    } catch (const std::exception& error) {
        std::cerr << "sotto-bench-client: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
