// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-client-bare N: libsignal-protocol-c as it comes, its session record written to SQLCipher for
// each message, fifty messages a transaction, synchronous=FULL. A program of its own, because nothing of
// crypto may be linked in. Prints "<figure> <messages per second>".

#include "core/db/database.h"
#include "tests/support/signal_party.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace sotto;

namespace {

constexpr std::size_t kBatch = 50;
const std::string kText(256, 'x');

template <class Step>
double measure(db::Database& database, Random& random, std::size_t messages, Step step) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < messages; i += kBatch) {
        bare::need(database
                       .transaction([&] {
                           for (std::size_t k = i; k < std::min(i + kBatch, messages); ++k) {
                               const bare::Buffer& record = step(k);
                               const auto id = random.next<MessageId>();
                               database.run("INSERT INTO message(message_id, text) VALUES (?, ?)", id, kText);
                               database.run("INSERT INTO session(device, record) VALUES ('peer', ?) "
                                            "ON CONFLICT(device) DO UPDATE SET record = excluded.record",
                                            record);
                           }
                       })
                       .has_value());
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(messages) / passed.count();
}

} // namespace

int main(int argc, char** argv) {
    try {
        initialiseSodium();
        const std::size_t messages = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
        char directory[] = "/tmp/sotto-bench-XXXXXX";
        bare::need(::mkdtemp(directory) != nullptr);
        SystemRandom random;
        const auto key = db::DatabaseKey::random(random);
        db::OpenOptions options;
        options.key = &key;
        const std::filesystem::path path = std::filesystem::path(directory) / "bare.db";
        {
            auto database = db::Database::open(path, options);
            bare::need(database.has_value());
            database->execute(
                "CREATE TABLE session(device TEXT PRIMARY KEY, record BLOB NOT NULL);"
                "CREATE TABLE message(id INTEGER PRIMARY KEY, message_id BLOB NOT NULL UNIQUE, text TEXT)");
            bare::SignalParty alice("alice");
            bare::SignalParty bob("bob");
            auto* bundle = bob.makeBundle(1);
            alice.start(bob, bundle);
            SIGNAL_UNREF(bundle);
            const bare::Buffer plaintext(275, 0x5A);
            bob.decrypt(alice, alice.encrypt(bob, plaintext), true);
            alice.decrypt(bob, bob.encrypt(alice, plaintext), false);
            std::vector<bare::Buffer> sent(messages);
            std::printf("encrypt %.0f\n",
                        measure(*database, random, messages, [&](std::size_t i) -> const bare::Buffer& {
                            sent[i] = alice.encrypt(bob, plaintext);
                            return alice.store.sessions.begin()->second;
                        }));
            std::printf("decrypt %.0f\n",
                        measure(*database, random, messages, [&](std::size_t i) -> const bare::Buffer& {
                            bob.decrypt(alice, sent[i], false);
                            return bob.store.sessions.begin()->second;
                        }));
        }
        std::filesystem::remove_all(directory);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sotto-bench-client-bare: %s\n", error.what());
        return 1;
    }
    return 0;
}
