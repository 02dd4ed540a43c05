// SPDX-License-Identifier: GPL-3.0-or-later
// Attack case 77: what another process finds in the memory of one that has locked its profile.
#include "core/base/encoding.h"
#include "core/client.h"
#include "core/profile/database_key.h"
#include "core/profile/identity_file.h"
#include "tests/support/child_process.h"
#include "tests/support/folder.h"

#include <QTest>
#include <fcntl.h>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr Profile::SealCost kCheap{8 * 1024 * 1024, 1};
constexpr std::size_t kPassphraseSize = 32;

struct NoEdge final : Edge {
    void connect(const wire::RelayAddress&) override {}
    void send(Bytes) override {}
    void disconnect() override {}
    void wakeAt(SteadyTime) override {}
};
struct NoObserver final : Observer {
    void onEvent(const Event&) override {}
};

/// Everything that is mapped and can be read.
std::vector<std::string> memoryOf(pid_t process) {
    std::vector<std::string> memory;
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    const int file = ::open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    for (std::string line; file >= 0 && std::getline(maps, line);) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2 || line.find("[v") != std::string::npos) {
            continue;
        }
        // Shadows of a sanitizer are terabytes of nothing.
        if (end - begin > (std::uint64_t{1} << 30U)) {
            continue;
        }
        std::string bytes(end - begin, '\0');
        const ssize_t size = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(begin));
        bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        memory.push_back(std::move(bytes));
    }
    ::close(file);
    return memory;
}

/// What the process knows of these, by name.
QStringList found(pid_t process, const std::map<QString, std::string>& secrets) {
    QStringList names;
    const auto memory = memoryOf(process);
    for (const auto& [name, bytes] : secrets) {
        if (std::ranges::any_of(
                memory, [&](const std::string& piece) { return piece.find(bytes) != std::string::npos; })) {
            names.append(name);
        }
    }
    return names;
}

void work(const fs::path& place, SecretBytes passphrase, const std::function<void()>& whenOpen) {
    SystemRandom random;
    SystemClock clock;
    NoEdge edge;
    NoObserver observer;
    Profile::Secrets secrets{std::move(passphrase), nullptr};
    { const auto made = Profile::create(place, secrets, random, kCheap).value(); }
    Profile profile = Profile::open(place, secrets).value();
    secrets.passphrase = SecretBytes();
    Client client(profile, edge, observer, random, clock);
    wire::JoinLink link;
    link.relay.host = "127.0.0.1";
    link.relay.port = 1;
    link.relay.plain = true;
    const auto code = client.createAccount("alice", link);
    if (!code) {
        throw std::runtime_error(code.error().text);
    }
    { const auto reader = profile.openReader().value(); }
    whenOpen();
}

} // namespace

class TestLockedMemory : public QObject {
    Q_OBJECT
private slots:
    void nothingOfTheKeysIsLeft() {
        initialiseSodium();
        QTemporaryDir home(quickPlace());
        const fs::path place = fs::path(home.path().toStdString()) / "alice";
        std::array<int, 2> input{};
        std::array<int, 2> progress{};
        QCOMPARE(::pipe(input.data()), 0);
        QCOMPARE(::pipe(progress.data()), 0);
        Gate close;
        Gate end;
        Child child([&]() -> std::string {
            SecretBytes passphrase(kPassphraseSize);
            [[maybe_unused]] ssize_t done =
                ::read(input[0], passphrase.exposeWritable().data(), kPassphraseSize);
            work(place, std::move(passphrase), [&] {
                done = ::write(progress[1], "o", 1);
                close.wait();
            });
            done = ::write(progress[1], "c", 1);
            end.wait();
            return {};
        });
        // Made after the fork, so that the child has it from the pipe alone.
        SystemRandom random;
        const std::string text = random.next<FixedBytes<struct TextTag, kPassphraseSize / 2>>().hex();
        QCOMPARE(::write(input[1], text.data(), text.size()), ssize_t{kPassphraseSize});
        ::close(progress[1]);
        char letter = 0;
        QVERIFY(::read(progress[0], &letter, 1) == 1);
        QCOMPARE(letter, 'o');

        const auto key =
            openSealedKey(viewOf(readAll(place / "key.sealed")), SecretBytes::from(viewOf(text)));
        QVERIFY(key.has_value());
        const auto identity = openIdentity(viewOf(readAll(place / "identity.a")), *key);
        QVERIFY(identity && identity->identity);
        const std::string raw = stringOf(key->expose());
        const std::string hex = encodeHex(key->expose());
        const SecretBytes device = identity->identity->keys.serialise();
        const std::map<QString, std::string> secrets{
            {"passphrase", text},
            {"database key", raw},
            {"database key in hex", hex},
            {"database key in HEX", QString::fromStdString(hex).toUpper().toStdString()},
            {"identity key", stringOf(identity->identity->keys.identitySecret().expose())},
            {"device keys", stringOf(device.expose())},
            {"signer key", stringOf(identity->identity->signer->serialise().expose())}};
        // It can be found where it is: the search works.
        const QStringList open = found(child.process(), secrets);
        if (open.isEmpty()) {
            QSKIP("the memory of other processes may not be read here");
        }
        QVERIFY2(open.contains("database key") && open.contains("identity key"), qPrintable(open.join(", ")));
        close.open();
        QVERIFY(::read(progress[0], &letter, 1) == 1);
        QCOMPARE(letter, 'c');
        const QStringList left = found(child.process(), secrets);
        QVERIFY2(left.isEmpty(), qPrintable(left.join(", ")));
    }
};

QTEST_GUILESS_MAIN(TestLockedMemory)
#include "test_locked_memory.moc"
