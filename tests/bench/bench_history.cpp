// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-history [--json] [--messages N] [--conversations N]: what is done with a history as a whole, on
// a profile that is made for it and goes. Backup, verification, restoration, export and import, each with
// what it leaves on the disk, and opening under a key file and under a passphrase. Exit 0 when it measured.

#include "core/rpc/history_export.h"
#include "core/rpc/history_import.h"
#include "tests/bench/timed_run.h"
#include "tests/support/long_profile.h"

#include <cstring>
#include <iostream>

using namespace sotto;
namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

namespace {

struct Figure {
    std::string name;
    double value = 0;
    const char* unit = "";
};

template <class T>
auto need(T done, const char* what) {
    if (!done) {
        throw std::runtime_error(std::string(what) + ": " + done.error().text);
    }
    if constexpr (!std::is_void_v<typename T::value_type>) {
        return std::move(*done);
    }
}

class Bench {
public:
    Bench(fs::path folder, test::LongHistory size)
        : m_folder(std::move(folder))
        , m_size(size) {}

    void run() {
        std::optional<crypto::RecoveryCode> code;
        time("made", [&] { code.emplace(test::makeLongProfile(m_profile, m_size, m_random, m_clock)); });
        size("profile", m_profile / "history.db");
        time("openedWithKeyFile", [&] { open(); });
        backUp(*code);
        exportAndImport();
        disappear();
        protect();
    }
    void print(bool json, double otherProcessors) const {
        if (json) {
            std::cout << "{\"bench\":\"history\",\"messages\":" << m_size.messages
                      << ",\"conversations\":" << m_size.conversations
                      << ",\"otherProcessors\":" << otherProcessors << ",\"figures\":{";
        } else {
            std::cout << m_size.messages << " messages in " << m_size.conversations
                      << " conversations; other processes used " << otherProcessors
                      << " processors meanwhile\n";
        }
        const char* separator = "";
        for (const Figure& figure : m_figures) {
            if (json) {
                std::cout << separator << '"' << figure.name << "\":" << figure.value;
                separator = ",";
            } else {
                std::cout << figure.name << ": " << figure.value << ' ' << figure.unit << '\n';
            }
        }
        std::cout << (json ? "}}\n" : "");
    }

private:
    template <class F>
    void time(const char* name, F f) {
        const auto begin = Steady::now();
        f();
        m_figures.push_back({name, std::chrono::duration<double>(Steady::now() - begin).count(), "s"});
    }
    void size(const char* name, const fs::path& file) {
        m_figures.push_back({name, static_cast<double>(fs::file_size(file)) / 1e6, "MB"});
    }
    core::Profile open() { return need(core::Profile::open(m_profile, {}), "opening"); }

    void backUp(const crypto::RecoveryCode& code) {
        const fs::path file = m_folder / "backup";
        auto profile = open();
        // How long those who share the profile with it wait at most.
        double longest = 0;
        time("backedUp", [&] {
            auto writer = need(core::BackupWriter::begin(profile, file, m_random, m_clock), "backup");
            for (bool finished = false; !finished;) {
                const auto begin = Steady::now();
                finished = need(writer.step(rpc::Job::kSlice), "backup").isFinished;
                longest =
                    std::max(longest, std::chrono::duration<double>(Steady::now() - begin).count() * 1000);
            }
        });
        m_figures.push_back({"longestSliceOfABackup", longest, "ms"});
        size("backup", file);
        time("verified", [&] { need(core::verifyBackup(file, code, {}), "verifying"); });
        time("restored", [&] {
            need(core::restoreBackup(file, code, m_folder / "restored", {}, {}, m_random, {}), "restoring");
        });
        // Without its history, for the import below.
        auto restored = need(core::Profile::open(m_folder / "restored", {}), "opening");
        need(restored.database()
                 .transaction([&] { restored.database().run("DELETE FROM message"); })
                 .map_error([](const db::Error&) { return core::Failure(); }),
             "emptying");
    }
    void exportAndImport() {
        const fs::path file = m_folder / "history.jsonl";
        {
            auto profile = open();
            test::Quiet quiet;
            const core::Client client(profile, quiet, quiet, m_random, m_clock);
            time("exported", [&] {
                const auto job =
                    need(rpc::HistoryExport::begin(profile, client, file, m_random, m_clock), "export");
                while (!need(job->step(), "export").isFinished) {
                }
            });
        }
        size("export", file);
        auto profile = need(core::Profile::open(m_folder / "restored", {}), "opening");
        time("imported", [&] { need(rpc::importHistory(profile, file, {}), "importing"); });
        time("importedAgain", [&] { need(rpc::importHistory(profile, file, {}), "importing"); });
    }
    /// A tenth of the messages has a time that runs; then that of a hundredth is over, at once.
    void disappear() {
        auto profile = open();
        test::Quiet quiet;
        const auto run = [&](const char* sql) {
            need(profile.database()
                     .transaction([&] { profile.database().execute(sql); })
                     .map_error([](const db::Error&) { return core::Failure(); }),
                 "giving messages a time");
        };
        run("UPDATE message SET extras = extras | 8 WHERE id % 10 = 0 AND kind = 1;"
            "INSERT INTO expiry(message, seconds, deadline) SELECT id, 3600, unixepoch() * 1000 + 1800000 "
            "FROM message WHERE id % 10 = 0 AND kind = 1");
        time("openedWithTimesThatRun",
             [&] { const core::Client client(profile, quiet, quiet, m_random, m_clock); });
        run("UPDATE expiry SET deadline = unixepoch() * 1000 - 1 WHERE message % 100 = 0");
        time("openedWithTimesThatAreOver",
             [&] { const core::Client client(profile, quiet, quiet, m_random, m_clock); });
    }
    void protect() {
        core::Profile::Secrets secrets;
        secrets.passphrase = SecretBytes::from(Bytes(20, 'x'));
        core::Profile::SealCost cost;
        time("costMeasured", [&] { cost = core::Profile::SealCost::measured(m_clock); });
        m_figures.push_back({"memoryOfACost", static_cast<double>(cost.memoryBytes >> 20U), "MiB"});
        m_figures.push_back({"passesOfACost", static_cast<double>(cost.passes), ""});
        time("protected", [&] {
            need(core::Profile::changeProtection(m_profile, {}, secrets, cost, m_random), "protecting");
        });
        time("openedWithPassphrase", [&] { need(core::Profile::open(m_profile, secrets), "opening"); });
    }

    fs::path m_folder;
    test::LongHistory m_size;
    fs::path m_profile = m_folder / "profile";
    SystemRandom m_random;
    SystemClock m_clock;
    std::vector<Figure> m_figures;
};

} // namespace

int main(int argc, char** argv) {
    std::string folder;
    int result = 0;
    try {
        test::LongHistory size;
        bool json = false;
        for (int i = 1; i < argc; ++i) {
            const bool hasValue = i + 1 < argc;
            if (std::strcmp(argv[i], "--json") == 0) {
                json = true;
            } else if (std::strcmp(argv[i], "--messages") == 0 && hasValue) {
                size.messages = std::strtoul(argv[++i], nullptr, 10);
            } else if (std::strcmp(argv[i], "--conversations") == 0 && hasValue) {
                size.conversations = std::strtoul(argv[++i], nullptr, 10);
            } else {
                throw std::runtime_error(std::string("unknown argument ") + argv[i]);
            }
        }
        initialiseSodium();
        const char* parent = std::getenv("TMPDIR");
        folder = std::string(parent != nullptr ? parent : "/tmp") + "/sotto-bench-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) {
            folder.clear();
            throw std::runtime_error("no directory");
        }
        const bench::TimedRun timed;
        Bench bench(folder, size);
        bench.run();
        bench.print(json, timed.otherProcessors());
    } catch (const std::exception& error) {
        std::cerr << "sotto-bench-history: " << error.what() << '\n';
        result = 1;
    }
    if (!folder.empty()) {
        fs::remove_all(folder);
    }
    return result;
}
