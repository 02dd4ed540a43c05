// SPDX-License-Identifier: GPL-3.0-or-later
// A contact whose client is none of ours: every header it sends carries a counter as far ahead as a ratchet
// may have to step, and a MAC that cannot be right.
#include "core/net/client_edge.h"
#include "core/wire/packet.h"
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/parts.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QFile>
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace sotto::torture {

namespace {

namespace pb = wire::pb;

constexpr qint64 kPerSecond = 100;
constexpr std::uint32_t kAhead = 1990; ///< within what a ratchet steps over (crypto/sessions.h): the dearest

/// A header of kind 2 is: suite, kind, two bytes of the message's length, the message, zeros. The message:
/// 0x33, a ratchet key, the tag of its counter, the counter as a varint.
constexpr std::size_t kCounterAt = 4 + 4 + 32 + 1;

void forge(std::string& header) {
    static constexpr char kFront[] = {'\x33', '\x0A', '\x21', '\x05'};
    if (header.size() <= kCounterAt + 2 || header.compare(4, 4, kFront, 4) != 0 ||
        header[kCounterAt - 1] != '\x10') {
        throw std::runtime_error("a header that does not look like one of a session");
    }
    const std::string counter = {static_cast<char>(kAhead % 128 | 128), static_cast<char>(kAhead / 128)};
    if ((header[kCounterAt] & 0x80) != 0) {
        header.replace(kCounterAt, 2, counter);
        return;
    }
    // One byte more, which the padding has less.
    header.replace(kCounterAt, 1, counter);
    header.pop_back();
    const auto size = static_cast<std::uint32_t>(static_cast<std::uint8_t>(header[2]) << 8 |
                                                 static_cast<std::uint8_t>(header[3])) +
                      1;
    header[2] = static_cast<char>(size >> 8);
    header[3] = static_cast<char>(size);
}

/// The way out of a client, with other headers in what it sends.
class ForgingEdge final : public core::Edge {
public:
    explicit ForgingEdge(core::Edge& real)
        : m_real(real) {}
    void connect(const wire::RelayAddress& relay) override { m_real.connect(relay); }
    void disconnect() override { m_real.disconnect(); }
    void wakeAt(SteadyTime time) override { m_real.wakeAt(time); }
    void send(Bytes packet) override {
        auto decoded = wire::decodePacket(packet, wire::Direction::ToRelay);
        if (!decoded) {
            throw std::runtime_error("a packet of our own cannot be read");
        }
        for (pb::Frame& frame : *decoded->mutable_frames()) {
            if (frame.has_send()) {
                for (auto& header : *frame.mutable_send()->mutable_headers()) {
                    forge(*header.mutable_bytes());
                    ++forged;
                }
            }
        }
        m_real.send(wire::encodePacket(*decoded));
    }
    qint64 forged = 0;

private:
    core::Edge& m_real;
};

class Nobody final : public core::Observer {
public:
    void onEvent(const core::Event&) override {}
};

/// Processor time of a process so far.
std::chrono::milliseconds busy(pid_t process) {
    const QList<QByteArray> fields =
        contents(QString("/proc/%1/stat").arg(process)).split(')').last().simplified().split(' ');
    const qint64 ticks = fields.value(11).toLongLong() + fields.value(12).toLongLong();
    return std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

qint64 statusOf(const test::Person& person, const char* figure) {
    return person.json({"status"}).objects().first()[figure].toInteger();
}

} // namespace

void runForged(const Arguments& arguments, Findings& findings) {
    int count = 1;
    char name[] = "sotto-torture";
    char* words[] = {name, nullptr};
    const QCoreApplication application(count, words);
    const Cast cast;
    const auto alice = cast.person("alice");
    const auto bob = cast.person("bob");
    const auto mallory = cast.person("mallory");
    const QString printed = bob->home() + "/printed";
    for (const auto* author : {&alice, &mallory}) {
        (*author)->must({"contact", "add", "bob"});
        bob->must({"contact", "add", (*author)->name()});
        (*author)->must({"send", "@bob", numbered((*author)->name(), 1), "--wait", "relay"});
        bob->must({"recv"});
        bob->must({"send", "@" + (*author)->name(), "hello", "--wait", "relay"});
        (*author)->must({"recv"});
    }
    Launch listen = launchFor(*bob, {"--json", "recv", "--follow", "--types", "message,alarm,key_change"});
    listen.out = printed.toStdString();
    beginRun(printed, RunAfter::End);
    Process listener(listen);

    initialiseSodium();
    SystemRandom random;
    const SystemClock clock;
    auto profile = core::Profile::open(mallory->profile().toStdString(), {});
    if (!profile) {
        throw std::runtime_error("Mallory's profile does not open");
    }
    net::ClientEdge real(clock, [] {});
    ForgingEdge edge(real);
    Nobody nobody;
    core::Client client(*profile, edge, nobody, random, clock);
    real.attach(&client);
    const auto contact = client.findContact("@bob");
    const auto conversation = contact ? client.conversationWith(contact->key)
                                      : core::Result<core::ConversationKey>(tl::unexpected(contact.error()));
    if (!conversation) {
        throw std::runtime_error("Mallory does not know Bob");
    }
    client.start();

    const auto spin = [&](const auto& until, std::chrono::milliseconds patience) {
        const QDeadlineTimer deadline(patience);
        while (!until() && !deadline.hasExpired()) {
            QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return until();
    };
    const auto answered = [&] { return client.status().queued == 0; };
    if (!spin([&] { return client.link().state == core::LinkState::Drained; }, std::chrono::seconds(60))) {
        throw std::runtime_error("Mallory cannot reach the relay");
    }
    const auto seconds = static_cast<qint64>(arguments.forged);
    const auto busyBefore = busy(listener.pid());
    QStringList honest = {};
    std::unique_ptr<Process> sender;
    QElapsedTimer timer;
    timer.start();
    for (qint64 sent = 0; sent < seconds * kPerSecond; ++sent) {
        if (!client.sendText(*conversation, "forged " + std::to_string(sent))) {
            throw std::runtime_error("Mallory cannot send");
        }
        if (sent % kPerSecond == 0 && (!sender || !sender->isRunning())) {
            honest.append(numbered("alice", honest.size() + 2));
            sender = std::make_unique<Process>(
                launchFor(*alice, {"--json", "send", "@bob", honest.last(), "--wait", "relay"}));
        }
        spin([&] { return timer.elapsed() >= (sent + 1) * 1000 / kPerSecond; }, std::chrono::seconds(60));
    }
    const qint64 elapsed = timer.elapsed();
    const auto spent = busy(listener.pid()) - busyBefore;
    if (!spin(answered, std::chrono::seconds(60))) {
        throw std::runtime_error("the relay does not take Mallory's mail");
    }
    sender->waitForEnd(std::chrono::seconds(60));
    client.stop();

    // All of them have been tried, and honest mail has come meanwhile.
    test::eventually([&] {
        return statusOf(*bob, "placeholders") + statusOf(*bob, "refused") >= seconds * kPerSecond &&
               Checker::history(*bob, "alice").size() >= honest.size() + 2;
    });
    const qint64 refused = statusOf(*bob, "placeholders") + statusOf(*bob, "refused");
    if (refused < seconds * kPerSecond) {
        findings.violation("broken", QString("only %1 forged headers were met").arg(refused));
    }
    listener.signal(SIGTERM);
    listener.waitForEnd(std::chrono::seconds(30));
    Checker checker(findings, "forged");
    QStringList expected = {numbered("alice", 1)};
    expected += honest;
    QStringList got;
    for (const Entry& entry : Checker::history(*bob, "alice")) {
        if (!entry.outgoing) {
            got.append(entry.text);
        }
    }
    checker.texts(expected, got);
    findings.count("forged_headers", edge.forged);
    findings.set("forged_per_second", edge.forged * 1000 / std::max<qint64>(1, elapsed));
    findings.set("forged_cpu_permille", spent.count() * 1000 / std::max<qint64>(1, elapsed));
}

} // namespace sotto::torture
