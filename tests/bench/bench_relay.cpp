// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-relay [--json] [--only NAME]: the real sotto-relay under load, pinned to one processor, with
// this generator pinned to another. Real log-in and list checks, every message in a durable commit before it
// counts. NAME is the beginning of a figure's name in the JSON ("latency_ws", "idle"). Exit 0 when it
// measured; goals that were missed stand in the output.

#include "core/base/random.h"
#include "tests/bench/relay_load.h"
#include "tests/bench/timed_run.h"

#include <climits>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>

using namespace sotto;
using namespace sotto::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPairedConnections = 1'000;
constexpr std::size_t kIdleConnections = 10'000;
constexpr std::size_t kDevicesPerIdleAccount = 32;
constexpr std::size_t kQueued = 100'000;
constexpr std::size_t kDrainMailboxes = 100;
constexpr int kRelayProcessor = 0;
constexpr int kGeneratorProcessor = 1;

constexpr const char* kLimits[] = {"connections-per-address=100000",
                                   "handshakes-per-minute=1000000",
                                   "unauthenticated=100000",
                                   "registrations-per-hour=1000000",
                                   "messages-per-second=1000000",
                                   "messages-burst=1000000",
                                   "bytes-per-second=100000000000",
                                   "bytes-burst=100000000000",
                                   "publishes-per-hour=1000000",
                                   "mailbox-rows=1000000",
                                   "mailbox-bytes=10000000000",
                                   "idle-seconds=600",
                                   "login-seconds=600"};

struct Figure {
    std::string name;
    std::string text;
    std::string unit;
    double value = 0;
    double goal = 0; ///< 0: reported without one
    bool atMost = false;
    double relayProcessor = 0; ///< share of its processor that the relay used
    double generatorProcessor = 0;
};

void pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    ::sched_setaffinity(0, sizeof set, &set); // on a machine with one processor both share it
}

/// A relay of its own, in a fresh directory.
class BenchRelay {
public:
    explicit BenchRelay(bool plain)
        : m_plain(plain) {
        std::string pattern = (std::filesystem::temp_directory_path() / "sotto-bench-relay-XXXXXX").string();
        m_directory = ::mkdtemp(pattern.data());
        char own[PATH_MAX] = {};
        if (::readlink("/proc/self/exe", own, sizeof own - 1) <= 0) {
            throw std::runtime_error("cannot find the program's own folder");
        }
        const std::string program = (std::filesystem::path(own).parent_path() / "sotto-relay").string();
        std::vector<std::string> arguments = {program,    "up",
                                              "--listen", "127.0.0.1:0",
                                              "--data",   m_directory + "/data",
                                              "--json",   "--open-registration"};
        if (plain) {
            arguments.push_back("--plain");
        }
        for (const char* limit : kLimits) {
            arguments.insert(arguments.end(), {"--limit", limit});
        }
        std::vector<char*> argv;
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        int out[2];
        if (::pipe2(out, O_CLOEXEC) != 0) {
            throw std::runtime_error("cannot make a pipe");
        }
        m_pid = ::fork();
        if (m_pid == 0) {
            pin(kRelayProcessor);
            ::dup2(out[1], STDOUT_FILENO);
            const int null = ::open("/dev/null", O_WRONLY);
            ::dup2(null, STDERR_FILENO);
            ::execv(program.c_str(), argv.data());
            ::_exit(127);
        }
        ::close(out[1]);
        std::string ready;
        char c = 0;
        while (::read(out[0], &c, 1) == 1 && c != '\n') {
            ready += c;
        }
        ::close(out[0]);
        const std::size_t at = ready.find("\"port\":");
        if (at == std::string::npos) {
            throw std::runtime_error("the relay did not start: " + program);
        }
        m_port = static_cast<std::uint16_t>(std::stoi(ready.substr(at + 7)));
    }
    ~BenchRelay() {
        ::kill(m_pid, SIGTERM);
        ::waitpid(m_pid, nullptr, 0);
        std::filesystem::remove_all(m_directory);
    }
    BenchRelay(const BenchRelay&) = delete;
    BenchRelay& operator=(const BenchRelay&) = delete;

    struct Connected {
        RawClient client;
        relay::Greeting greeting;
    };
    Connected connect() {
        Connected connected;
        if (!connected.client.connect(m_port) || (!m_plain && !connected.client.startTls()) ||
            connected.client.upgrade().empty()) {
            throw std::runtime_error("cannot connect to the relay");
        }
        connected.greeting = relay::greetingOf(connected.client.readFrame().challenge(), !m_plain);
        return connected;
    }
    RawClient registerAccount(const TestAccount& account) {
        Connected connected = connect();
        connected.client.sendFrame(account.registration(connected.greeting, {}));
        if (!connected.client.readFrame().has_registered()) {
            throw std::runtime_error("the relay registers no account");
        }
        return logIn(std::move(connected), account);
    }
    RawClient logIn(Connected connected, const TestAccount& account, std::uint32_t device = 1) {
        connected.client.sendFrame(account.hello(connected.greeting, device));
        if (!connected.client.readFrame().has_welcome()) {
            throw std::runtime_error("the relay lets nobody in");
        }
        return std::move(connected.client);
    }
    double cpuSeconds() const {
        std::ifstream file("/proc/" + std::to_string(m_pid) + "/stat");
        std::string word;
        double ticks = 0;
        for (int i = 1; i <= 15 && file >> word; ++i) {
            ticks += i >= 14 ? std::stod(word) : 0;
        }
        return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    double residentBytes() const {
        std::ifstream file("/proc/" + std::to_string(m_pid) + "/statm");
        double all = 0;
        double resident = 0;
        file >> all >> resident;
        return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
    }

private:
    bool m_plain;
    std::string m_directory;
    pid_t m_pid = -1;
    std::uint16_t m_port = 0;
};

/// Shares of a processor used between its making and read().
class Processors {
public:
    explicit Processors(const BenchRelay& relay)
        : m_relay(relay)
        , m_at(std::chrono::steady_clock::now())
        , m_relaySeconds(relay.cpuSeconds())
        , m_ownSeconds(cpuSeconds()) {}
    void read(Figure& figure) const {
        const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_at).count();
        figure.relayProcessor = (m_relay.cpuSeconds() - m_relaySeconds) / passed;
        figure.generatorProcessor = (cpuSeconds() - m_ownSeconds) / passed;
    }

private:
    const BenchRelay& m_relay;
    Instant m_at;
    double m_relaySeconds;
    double m_ownSeconds;
};

std::vector<std::unique_ptr<TestAccount>> makeAccounts(std::size_t count, Random& random) {
    std::vector<std::unique_ptr<TestAccount>> accounts;
    for (std::size_t i = 0; i < count; ++i) {
        accounts.push_back(std::make_unique<TestAccount>("account" + std::to_string(i), random));
    }
    return accounts;
}
using Accounts = std::vector<std::unique_ptr<TestAccount>>;

void checkUnbroken(const Load& load) {
    if (load.broken) {
        throw std::runtime_error("the relay closed a connection while it was measured");
    }
}

/// Messages delivered and acknowledged per second, each sender with `inFlight` sends that wait for an answer.
Figure measureThroughput(BenchRelay& relay, Load& load, std::size_t connections, std::size_t inFlight,
                         const std::string& transport) {
    Figure figure{"throughput_" + transport + "_" + std::to_string(connections),
                  std::to_string(connections) + " connections in pairs", "messages/s"};
    if (transport == "ws") {
        figure.goal = 28'000;
    }
    static std::uint64_t lastTag =
        0; // a tag used twice would be a repeated send: answered, and not delivered
    const std::uint64_t firstTag = lastTag;
    std::uint64_t& tag = lastTag;
    std::uint64_t acknowledged = 0;
    std::uint64_t stored = 0;
    bool sending = true;
    const auto visit = [&](LoadConnection& connection, const pb::Frame& frame) {
        if (frame.has_stored()) {
            ++stored;
            if (sending) {
                connection.send(++tag);
            }
        } else if (frame.has_deliver()) {
            acknowledged += static_cast<std::uint64_t>(frame.deliver().rows_size());
            if (!connection.take(frame.deliver())) {
                throw std::runtime_error("a row is missing or came twice");
            }
        } else if (frame.has_error() || frame.has_lists_differ()) {
            load.broken = true;
        }
    };
    for (std::size_t i = 0; i < connections; ++i) {
        for (std::size_t j = 0; j < inFlight; ++j) {
            load.at(i).send(++tag);
        }
        load.flush(load.at(i));
    }
    const auto runFor = [&](std::chrono::milliseconds time) {
        for (const Instant end = std::chrono::steady_clock::now() + time;
             std::chrono::steady_clock::now() < end;) {
            load.step(end, visit);
        }
    };
    runFor(1000ms);
    const std::uint64_t before = acknowledged;
    const Instant start = std::chrono::steady_clock::now();
    const Processors processors(relay);
    runFor(5000ms);
    figure.value = static_cast<double>(acknowledged - before) /
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    processors.read(figure);
    sending = false;
    for (int patience = 0; (firstTag + stored < tag || firstTag + acknowledged < tag) && patience < 600;
         ++patience) {
        runFor(50ms);
    }
    checkUnbroken(load);
    if (firstTag + stored != tag || firstTag + acknowledged != tag) {
        throw std::runtime_error("of " + std::to_string(tag - firstTag) + " messages " +
                                 std::to_string(stored) + " were stored and " + std::to_string(acknowledged) +
                                 " delivered");
    }
    return figure;
}

/// From the instant a send was scheduled for to its delivery, in milliseconds.
std::vector<Figure> measureLatency(BenchRelay& relay, Load& load, double rate, const std::string& transport) {
    const std::size_t count = static_cast<std::size_t>(rate) * 10;
    const auto interval =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / rate));
    std::vector<double> milliseconds;
    milliseconds.reserve(count);
    const Instant start = std::chrono::steady_clock::now() + 100ms;
    const auto scheduledAt = [&](std::uint64_t nth) -> Instant {
        return start + interval * static_cast<std::int64_t>(nth);
    };
    const Processors processors(relay);
    std::size_t sent = 0;
    const auto visit = [&](LoadConnection& connection, const pb::Frame& frame) {
        if (frame.has_deliver()) {
            const Instant now = std::chrono::steady_clock::now();
            for (const pb::Row& row : frame.deliver().rows()) {
                std::uint64_t tag = 0;
                std::memcpy(&tag, row.send_id().data(), sizeof tag);
                const Instant scheduled = scheduledAt(tag & 0xFFFFFFFF);
                milliseconds.push_back(std::chrono::duration<double, std::milli>(now - scheduled).count());
            }
            if (!connection.take(frame.deliver())) {
                throw std::runtime_error("a row is missing or came twice");
            }
        } else if (frame.has_error() || frame.has_lists_differ()) {
            load.broken = true;
        }
    };
    constexpr std::uint64_t kLatencyTags = 1ULL << 40U; // apart from those of the throughput
    while (milliseconds.size() < count && std::chrono::steady_clock::now() < start + 30s) {
        while (sent < count && std::chrono::steady_clock::now() >= scheduledAt(sent)) {
            LoadConnection& connection = load.at((sent * 7919) % load.size());
            connection.send(kLatencyTags | sent);
            load.flush(connection);
            ++sent;
        }
        load.step(sent < count ? scheduledAt(sent) : std::chrono::steady_clock::now() + 50ms, visit);
    }
    checkUnbroken(load);
    if (milliseconds.size() != count) {
        throw std::runtime_error("of " + std::to_string(count) + " messages " +
                                 std::to_string(milliseconds.size()) + " were delivered");
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::vector<Figure> figures;
    for (const int percent : {50, 95, 99}) {
        Figure figure{"latency_" + transport + "_p" + std::to_string(percent),
                      "send to deliver, p" + std::to_string(percent) + ", 2,000/s over 1,000 connections",
                      "ms"};
        figure.value = milliseconds[milliseconds.size() * static_cast<std::size_t>(percent) / 100];
        figure.goal = percent == 95 && transport == "ws" ? 2 : 0;
        figure.atMost = true;
        processors.read(figure);
        figures.push_back(figure);
    }
    return figures;
}

/// A backlog, fetched and acknowledged by all its devices at once.
Figure measureDrain(BenchRelay& relay, const Accounts& accounts, const std::string& transport) {
    {
        Load senders;
        for (std::size_t i = 0; i < kDrainMailboxes; ++i) {
            senders.add(relay.logIn(relay.connect(), *accounts[i]))
                .aimAt(*accounts[i], *accounts[i + kDrainMailboxes]);
        }
        std::size_t sent = 0;
        std::size_t stored = 0;
        constexpr std::uint64_t kDrainTags = 1ULL << 41U;
        const auto sendOne = [&](LoadConnection& connection) {
            if (sent < kQueued) {
                connection.send(kDrainTags | sent++);
            }
        };
        for (std::size_t i = 0; i < senders.size() * 20; ++i) {
            sendOne(senders.at(i % senders.size()));
            senders.flush(senders.at(i % senders.size()));
        }
        while (stored < kQueued && !senders.broken) {
            senders.step(std::chrono::steady_clock::now() + 1s,
                         [&](LoadConnection& connection, const pb::Frame& frame) {
                             senders.broken |= !frame.has_stored();
                             ++stored;
                             sendOne(connection);
                         });
        }
        checkUnbroken(senders);
    }
    Load receivers;
    std::vector<pb::Frame> hellos;
    for (std::size_t i = 0; i < kDrainMailboxes; ++i) {
        BenchRelay::Connected connected = relay.connect();
        hellos.push_back(accounts[i + kDrainMailboxes]->hello(connected.greeting));
        receivers.add(std::move(connected.client));
    }
    Figure figure{"drain_" + transport, "100,000 queued in 100 mailboxes, drained", "messages/s"};
    figure.goal = transport == "ws" ? 100'000 : 0;
    const Processors processors(relay);
    const Instant start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kDrainMailboxes; ++i) {
        receivers.at(i).queue(hellos[i]);
        receivers.flush(receivers.at(i));
    }
    std::size_t received = 0;
    while (received < kQueued && !receivers.broken) {
        receivers.step(std::chrono::steady_clock::now() + 1s,
                       [&](LoadConnection& connection, const pb::Frame& frame) {
                           if (frame.has_deliver()) {
                               received += static_cast<std::size_t>(frame.deliver().rows_size());
                               if (!connection.take(frame.deliver())) {
                                   throw std::runtime_error("a row is missing or came twice");
                               }
                           }
                       });
    }
    figure.value = static_cast<double>(received) /
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    processors.read(figure);
    checkUnbroken(receivers);
    return figure;
}

Figure measureIdle(bool plain, Random& random) {
    BenchRelay relay(plain);
    Figure figure{std::string("idle_") + (plain ? "ws" : "tls"), "10,000 idle connections, logged in",
                  "bytes each"};
    figure.goal = plain ? 10 * 1024 : 0;
    figure.atMost = true;
    Accounts accounts =
        makeAccounts((kIdleConnections + kDevicesPerIdleAccount - 1) / kDevicesPerIdleAccount, random);
    for (auto& account : accounts) {
        RawClient client = relay.registerAccount(*account);
        for (std::size_t i = 1; i < kDevicesPerIdleAccount; ++i) {
            account->addDeviceLike(1);
        }
        account->succeed();
        pb::Frame publish;
        *publish.mutable_publish_list()->mutable_list() = relay::wireOf(account->list());
        client.sendFrame(publish);
        if (!client.readFrame().has_list_published()) {
            throw std::runtime_error("the relay takes no list");
        }
    }
    const double before = relay.residentBytes();
    std::vector<RawClient> clients;
    const Processors processors(relay);
    for (std::size_t i = 0; i < kIdleConnections; ++i) {
        clients.push_back(relay.logIn(relay.connect(), *accounts[i / kDevicesPerIdleAccount],
                                      static_cast<std::uint32_t>(i % kDevicesPerIdleAccount) + 1));
    }
    figure.value = (relay.residentBytes() - before) / static_cast<double>(kIdleConnections);
    processors.read(figure);
    return figure;
}

/// Those figures whose names begin with `only`.
std::vector<Figure> measure(bool plain, const std::string& only) {
    SystemRandom random;
    const std::string transport = plain ? "ws" : "tls";
    const auto isWanted = [&](const std::string& what) {
        const std::string name = what + "_" + transport;
        return name.starts_with(only) || only.starts_with(name);
    };
    const std::string throughput = "throughput_" + transport + "_";
    std::vector<Figure> figures;
    if (isWanted("throughput") || isWanted("latency") || isWanted("drain")) {
        BenchRelay relay(plain);
        const Accounts accounts = makeAccounts(kPairedConnections, random);
        {
            Load load;
            for (const auto& account : accounts) {
                load.add(relay.registerAccount(*account));
            }
            for (std::size_t i = 0; i < load.size(); ++i) {
                load.at(i).aimAt(*accounts[i], *accounts[i ^ 1U]);
            }
            if ((throughput + "100").starts_with(only)) {
                figures.push_back(measureThroughput(relay, load, 100, 32, transport));
            }
            if ((throughput + "1000").starts_with(only)) {
                figures.push_back(measureThroughput(relay, load, 1'000, 4, transport));
            }
            if (isWanted("latency")) {
                for (Figure& figure : measureLatency(relay, load, 2'000, transport)) {
                    figures.push_back(std::move(figure));
                }
            }
        }
        if (isWanted("drain")) {
            figures.push_back(measureDrain(relay, accounts, transport));
        }
    }
    if (isWanted("idle")) {
        figures.push_back(measureIdle(plain, random));
    }
    return figures;
}

bool reached(const Figure& figure) {
    return figure.goal == 0 || (figure.atMost ? figure.value <= figure.goal : figure.value >= figure.goal);
}

void print(const std::vector<Figure>& figures, double others) {
    std::cout << "Relay on processor " << kRelayProcessor << ", generator on " << kGeneratorProcessor
              << "; 1-KiB bodies, log-in and list checks on. Limits:";
    for (const char* limit : kLimits) {
        std::cout << " " << limit;
    }
    std::cout << "\n\n" << std::fixed;
    for (const Figure& figure : figures) {
        const int digits = figure.value < 100 ? 2 : 0;
        std::cout << std::left << std::setw(5) << figure.name.substr(figure.name.find('_') + 1, 3)
                  << std::setw(62) << figure.text << std::right << std::setw(10) << std::setprecision(digits)
                  << figure.value << " " << std::left << std::setw(11) << figure.unit;
        std::cout << std::setprecision(2) << " relay " << figure.relayProcessor << " generator "
                  << figure.generatorProcessor;
        if (figure.goal != 0) {
            std::cout << std::setprecision(0) << "  goal " << (figure.atMost ? "<= " : ">= ") << figure.goal
                      << (reached(figure) ? "" : "  MISSED");
        }
        std::cout << "\n";
    }
    std::cout << std::setprecision(2) << "\nOther processes used " << others << " processors meanwhile.\n";
}

void printJson(const std::vector<Figure>& figures, double others) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(4)
        << R"({"type":"bench","v":1,"bench":"relay","other_processors":)" << others << R"(,"limits":[)";
    const char* comma = "";
    for (const char* limit : kLimits) {
        out << comma << '"' << limit << '"';
        comma = ",";
    }
    out << R"(],"figures":[)";
    comma = "";
    for (const Figure& figure : figures) {
        out << comma << R"({"name":")" << figure.name << R"(","unit":")" << figure.unit << R"(","value":)"
            << figure.value << R"(,"relay_processor":)" << figure.relayProcessor
            << R"(,"generator_processor":)" << figure.generatorProcessor;
        if (figure.goal != 0) {
            const double ratio = figure.atMost ? figure.goal / figure.value : figure.value / figure.goal;
            out << R"(,"goal":)" << figure.goal << R"(,"reached":)" << (reached(figure) ? "true" : "false")
                << R"(,"ratio":)" << ratio;
        }
        out << "}";
        comma = ",";
    }
    std::cout << out.str() << "]}\n";
}

} // namespace

int main(int argc, char** argv) {
    bool json = false;
    std::string only;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--json") {
            json = true;
        } else if (argument == "--only" && i + 1 < argc) {
            only = argv[++i];
        } else {
            std::cerr << "usage: sotto-bench-relay [--json] [--only NAME]\n";
            return 2;
        }
    }
    try {
        initialiseSodium();
        ::signal(SIGPIPE, SIG_IGN);
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        pin(kGeneratorProcessor);
        const TimedRun run;
        std::vector<Figure> figures = measure(true, only);
        for (Figure& figure : measure(false, only)) {
            figures.push_back(std::move(figure));
        }
        const double others = run.otherProcessors();
        json ? printJson(figures, others) : print(figures, others);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "sotto-bench-relay: " << error.what() << "\n";
        return 1;
    }
}
