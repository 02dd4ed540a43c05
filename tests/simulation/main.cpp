// SPDX-License-Identifier: GPL-3.0-or-later
/// sotto-sim: runs whole worlds of clients and relays from seeds, breaks them, and looks for what must not
/// be.

#include "core/base/mutant.h"
#include "tests/simulation/simulation.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <new>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sotto::simulation {
namespace {

constexpr int kMostJobs = 64;
constexpr std::uint64_t kTwiceEvery = 100; ///< one seed in so many runs twice, to see that it runs alike

constexpr const char* kUsage =
    "usage: sotto-sim [--seed K] [--seeds N] [--mutant M] [--jobs J] [--twice] [--verbose] | "
    "--every-mutant [--seed K] [--seeds N] [--jobs J] | --list-mutants";

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    int jobs = 1;
    Mutant mutant = Mutant::None;
    std::string_view mutantName;
    bool twice = false;
    bool verbose = false;
    bool list = false;
    bool everyMutant = false;
};

/// What the working processes share.
struct Shared {
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> seeds{0};
    std::atomic<std::uint64_t> twice{0};
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> crashes{0};
    std::atomic<std::uint64_t> placeholders{0};
    std::atomic<std::uint64_t> repairs{0};
    std::atomic<std::uint64_t> operations{0};
    std::atomic<std::uint64_t> lostWrites{0};
    std::atomic<std::uint64_t> tornWrites{0};
    std::atomic<std::uint64_t> restores{0};
    std::atomic<std::uint64_t> clones{0};
    std::atomic<std::uint64_t> relayRestores{0};
    std::atomic<std::uint64_t> changes{0};
    std::atomic<std::uint64_t> pressures{0};
    std::atomic<std::uint64_t> lateReceipts{0};
    std::atomic<std::uint64_t> violations{0};
    std::array<std::atomic<std::uint64_t>, kFaults> faults{};
    std::array<std::atomic<std::uint64_t>, kMostJobs> current{};
};

template <class Number>
bool parseNumber(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// Empty when the arguments are understood; else what is wrong with them.
std::string parse(int count, char** values, Arguments& arguments) {
    for (int i = 1; i < count; ++i) {
        const std::string_view option = values[i];
        if (option == "--twice" || option == "--verbose" || option == "--list-mutants" ||
            option == "--every-mutant") {
            (option == "--twice"          ? arguments.twice
             : option == "--verbose"      ? arguments.verbose
             : option == "--every-mutant" ? arguments.everyMutant
                                          : arguments.list) = true;
            continue;
        }
        if (option != "--seed" && option != "--seeds" && option != "--jobs" && option != "--mutant") {
            return "unknown argument '" + std::string(option) + "'";
        }
        if (++i == count) {
            return std::string(option) + " needs a value";
        }
        const std::string_view value = values[i];
        bool good = true;
        if (option == "--mutant") {
            const auto found = std::find_if(kMutants.begin(), kMutants.end(),
                                            [&](const NamedMutant& one) { return one.name == value; });
            good = found != kMutants.end();
            if (good) {
                arguments.mutant = found->mutant;
                arguments.mutantName = found->name;
            }
        } else if (option == "--jobs") {
            good = parseNumber(value, arguments.jobs) && arguments.jobs >= 1 && arguments.jobs <= kMostJobs;
        } else {
            std::uint64_t& number = option == "--seed" ? arguments.seed : arguments.seeds;
            good = parseNumber(value, number) && (option == "--seed" || number >= 1);
        }
        if (!good) {
            return std::string(option) + " cannot be '" + std::string(value) + "'";
        }
    }
    if (!kHasMutants && (arguments.everyMutant || arguments.mutant != Mutant::None)) {
        return "no bugs are planted in this build; those without sanitizers have them";
    }
    return {};
}

/// libsodium's own generator, in case somebody asks it past Random: alike in every run too.
std::uint64_t sodiumState = 0;
std::uint32_t drawWord() {
    sodiumState = sodiumState * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(sodiumState >> 32U);
}
void drawBytes(void* to, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        static_cast<std::uint8_t*>(to)[i] = static_cast<std::uint8_t>(drawWord());
    }
}
const char* sodiumName() {
    return "sotto-sim";
}
randombytes_implementation sodiumHook = {sodiumName, drawWord, nullptr, nullptr, drawBytes, nullptr};

Outcome runSeed(const std::vector<test::Beginning>& beginnings, std::uint64_t seed, bool verbose) {
    sodiumState = seed;
    return Simulation(beginnings, seed, verbose).run();
}

void report(const Arguments& arguments, std::uint64_t seed, const std::string& violation) {
    std::string line = "violation at seed " + std::to_string(seed) + ": " + violation +
                       "\n  replay: sotto-sim --seed " + std::to_string(seed);
    if (arguments.mutant != Mutant::None) {
        line += " --mutant " + std::string(arguments.mutantName);
    }
    line += " --verbose\n";
    std::fwrite(line.data(), 1, line.size(), stdout); // one write: workers share the output
    std::fflush(stdout);
}

void work(const Arguments& arguments, const std::vector<test::Beginning>& beginnings, Shared& shared,
          int job) {
    while (!shared.stop) {
        const std::uint64_t index = shared.next++;
        if (index >= arguments.seeds) {
            return;
        }
        const std::uint64_t seed = arguments.seed + index;
        shared.current[static_cast<std::size_t>(job)] = seed;
        Outcome outcome = runSeed(beginnings, seed, arguments.verbose);
        if (outcome.violation.empty() && (arguments.twice || seed % kTwiceEvery == 0)) {
            ++shared.twice;
            if (runSeed(beginnings, seed, false).trace != outcome.trace) {
                outcome.violation = "a second run went another way";
            }
        }
        ++shared.seeds;
        shared.messages += outcome.messages;
        shared.crashes += outcome.crashes;
        shared.placeholders += outcome.placeholders;
        shared.repairs += outcome.repairs;
        shared.operations += outcome.storageOperations;
        shared.lostWrites += outcome.lostWrites;
        shared.tornWrites += outcome.tornWrites;
        shared.restores += outcome.restores;
        shared.clones += outcome.clones;
        shared.relayRestores += outcome.relayRestores;
        shared.changes += outcome.changes;
        shared.pressures += outcome.pressures;
        shared.lateReceipts += outcome.lateReceipts;
        for (std::size_t i = 0; i < kFaults; ++i) {
            shared.faults[i] += outcome.faults[i];
        }
        if (!outcome.violation.empty()) {
            ++shared.violations;
            report(arguments, seed, outcome.violation);
            // A planted bug is found once; of real ones as many as there are.
            shared.stop = shared.stop || arguments.mutant != Mutant::None;
        }
    }
}

/// Runs the seeds, in as many processes as are wanted.
void runAll(const Arguments& arguments, const std::vector<test::Beginning>& beginnings, Shared& shared) {
    plant(arguments.mutant);
    if (arguments.jobs == 1 && !arguments.everyMutant) {
        work(arguments, beginnings, shared, 0);
        return;
    }
    std::map<pid_t, int> workers;
    std::fflush(stdout);
    for (int job = 0; job < arguments.jobs; ++job) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            work(arguments, beginnings, shared, job);
            std::fflush(stdout);
            ::_exit(0);
        }
        workers[pid] = job;
    }
    while (!workers.empty()) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, 0);
        const auto worker = workers.find(ended);
        if (worker == workers.end()) {
            break;
        }
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            ++shared.violations;
            report(arguments, shared.current[static_cast<std::size_t>(worker->second)],
                   "the program ended with status " + std::to_string(status));
        }
        workers.erase(worker);
    }
}

Shared* newShared() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        std::fprintf(stderr, "sotto-sim: no shared memory\n");
        return nullptr;
    }
    return new (memory) Shared;
}

/// One after the other, each until a seed finds it.
int runMutants(Arguments arguments) {
    const auto beginnings = makeBeginnings();
    int found = 0;
    std::string missed;
    std::uint64_t most = 0;
    for (const NamedMutant& one : kMutants) {
        arguments.mutant = one.mutant;
        arguments.mutantName = one.name;
        Shared* shared = newShared();
        if (shared == nullptr) {
            return 1;
        }
        runAll(arguments, beginnings, *shared);
        if (shared->violations != 0) {
            ++found;
            most = std::max(most, shared->seeds.load());
        } else {
            missed += (missed.empty() ? "\"" : ",\"") + std::string(one.name) + "\"";
        }
        std::printf("%.*s: %s after %" PRIu64 " seeds\n", static_cast<int>(one.name.size()), one.name.data(),
                    shared->violations != 0 ? "found" : "NOT FOUND", shared->seeds.load());
        std::fflush(stdout);
        ::munmap(shared, sizeof(Shared));
    }
    std::printf("{\"mutants\":%zu,\"found\":%d,\"most_seeds\":%" PRIu64 ",\"not_found\":[%s]}\n",
                kMutants.size(), found, most, missed.c_str());
    return missed.empty() ? 0 : 1;
}

int run(const Arguments& arguments) {
    const auto begin = std::chrono::steady_clock::now();
    Shared* memory = newShared();
    if (memory == nullptr) {
        return 1;
    }
    Shared& shared = *memory;
    runAll(arguments, makeBeginnings(), shared);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::string faults;
    for (std::size_t i = 0; i < kFaults; ++i) {
        faults += (i == 0 ? "\"" : ",\"") + std::string(nameOf(static_cast<Fault>(i))) +
                  "\":" + std::to_string(shared.faults[i].load());
    }
    std::printf("{\"seed\":%" PRIu64 ",\"seeds\":%" PRIu64 ",\"twice\":%" PRIu64 ",\"messages\":%" PRIu64
                ",\"crashes\":%" PRIu64 ",\"faults\":{%s},\"violations\":%" PRIu64 ",\"changes\":%" PRIu64
                ",\"placeholders\":%" PRIu64 ",\"repairs\":%" PRIu64 ",\"restores\":%" PRIu64
                ",\"clones\":%" PRIu64 ",\"relay_restores\":%" PRIu64 ",\"lost_writes\":%" PRIu64
                ",\"torn_writes\":%" PRIu64 ",\"pressures\":%" PRIu64 ",\"late_receipts\":%" PRIu64
                ",\"storage_operations\":%" PRIu64 ",\"seconds\":%.1f}\n",
                arguments.seed, shared.seeds.load(), shared.twice.load(), shared.messages.load(),
                shared.crashes.load(), faults.c_str(), shared.violations.load(), shared.changes.load(),
                shared.placeholders.load(), shared.repairs.load(), shared.restores.load(),
                shared.clones.load(), shared.relayRestores.load(), shared.lostWrites.load(),
                shared.tornWrites.load(), shared.pressures.load(), shared.lateReceipts.load(),
                shared.operations.load(), seconds);
    return shared.violations == 0 ? 0 : 1;
}

} // namespace
} // namespace sotto::simulation

int main(int count, char** values) {
    using namespace sotto::simulation;
    Arguments arguments;
    if (const std::string wrong = parse(count, values, arguments); !wrong.empty()) {
        std::fprintf(stderr, "sotto-sim: %s; %s\n", wrong.c_str(), kUsage);
        return 2;
    }
    if (arguments.list) {
        for (const auto& one : sotto::kMutants) {
            std::printf("%.*s\n", static_cast<int>(one.name.size()), one.name.data());
        }
        return 0;
    }
    if (::randombytes_set_implementation(&sodiumHook) != 0) {
        return 1;
    }
    sotto::initialiseSodium();
    return arguments.everyMutant ? runMutants(arguments) : run(arguments);
}
