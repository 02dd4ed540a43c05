// SPDX-License-Identifier: GPL-3.0-or-later
// The torturer itself: a checker that overlooks, or a proxy that forwards what it should not, would prove
// nothing.
#include "tests/torture/arguments.h"
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/tracer.h"

#include <QTest>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sotto::torture;

namespace {

QByteArray message(int number, int cursor) {
    return QString(
               R"({"type":"message","id":"msg_%1","direction":"in","kind":"text","text":"alice %1","cursor":"%2"})"
               "\n")
        .arg(number)
        .arg(cursor)
        .toUtf8();
}

QList<Entry> entries(const QStringList& texts, bool outgoing) {
    QList<Entry> made;
    for (const QString& text : texts) {
        made.append({text, text, "text", outgoing ? "delivered" : "received", outgoing, 0, 0});
    }
    return made;
}

/// A relay for one connection: answers with what it got.
class Echo {
public:
    Echo() {
        m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(m_listener, 4) != 0 ||
            ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            qFatal("no listener");
        }
        port = ntohs(address.sin_port);
        m_thread = std::thread([this] {
            const int client = ::accept(m_listener, nullptr, nullptr);
            char byte;
            while (::recv(client, &byte, 1, 0) == 1 && ::send(client, &byte, 1, MSG_NOSIGNAL) == 1) {
            }
            ::close(client);
        });
    }
    ~Echo() {
        m_thread.join();
        ::close(m_listener);
    }
    std::uint16_t port = 0;

private:
    int m_listener = -1;
    std::thread m_thread;
};

int connectTo(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        qFatal("no connection");
    }
    return socket;
}

/// What comes back until the connection ends.
QByteArray exchange(int socket, const QByteArray& text) {
    (void)!::send(socket, text.data(), static_cast<std::size_t>(text.size()), MSG_NOSIGNAL);
    QByteArray back;
    char byte;
    while (back.size() < text.size() && ::recv(socket, &byte, 1, 0) == 1) {
        back += byte;
    }
    ::close(socket);
    return back;
}

} // namespace

class TestTorture : public QObject {
    Q_OBJECT
private slots:
    void argumentsThatDoNotParseAreRefused_data();
    void argumentsThatDoNotParseAreRefused();
    void aProxyPortInUseIsAnError();
    void theCheckerSeesWhatIsLostDoubledAndMisordered();
    void theCheckerSeesWhatWasPrintedTwice();
    void theProxyForwardsAndCutsWhereItWasTold();
    void theTracerKillsAtTheCallItWasTold();

private:
    QTemporaryDir m_directory;
};

void TestTorture::argumentsThatDoNotParseAreRefused_data() {
    QTest::addColumn<QStringList>("words");
    QTest::newRow("nothing to do") << QStringList{"--seed", "7"};
    QTest::newRow("unknown") << QStringList{"--kill", "7"};
    QTest::newRow("no value") << QStringList{"--kills"};
    QTest::newRow("no number") << QStringList{"--kills", "many"};
    QTest::newRow("negative") << QStringList{"--kills", "-1"};
    QTest::newRow("too large") << QStringList{"--kills", "99999999999999999999"};
    QTest::newRow("trailing") << QStringList{"--seed", "7x"};
    QTest::newRow("empty") << QStringList{"--cuts", ""};
    QTest::newRow("no port") << QStringList{"--cuts", "1", "--proxy-port", "65536"};
    QTest::newRow("no faults") << QStringList{"--kills", "1", "--faults", "seed=1,drop"};
    QTest::newRow("no seconds") << QStringList{"--forged", "long"};
    QTest::newRow("a scenario of the relay") << QStringList{"--syscalls", "--only", "relay-forwards"};
    QTest::newRow("no scenario") << QStringList{"--syscalls", "--only", "nothing"};
}

void TestTorture::argumentsThatDoNotParseAreRefused() {
    QFETCH(const QStringList, words);
    QProcess process;
    process.start(sotto::test::program("sotto-torture"), words);
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 2);
    QCOMPARE(process.readAllStandardOutput(), QByteArray());
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(said.startsWith("sotto-torture: ") && said.count('\n') == 1, said);
}

void TestTorture::aProxyPortInUseIsAnError() {
    const FaultProxy proxy(0);
    QProcess process;
    process.start(sotto::test::program("sotto-torture"),
                  {"--cuts", "1", "--proxy-port", QString::number(proxy.port())});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 2);
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(said.contains(QByteArray::number(proxy.port())) && said.contains("in use"), said);
}

void TestTorture::theCheckerSeesWhatIsLostDoubledAndMisordered() {
    const auto figures = [](const QStringList& sent, const QStringList& got) {
        Findings findings;
        Checker(findings, "test").delivered(sent, entries(sent, true), entries(got, false), {});
        return QList<qint64>{findings.figure("lost"), findings.figure("doubled"),
                             findings.figure("misordered")};
    };
    QCOMPARE(figures({"a", "b", "c"}, {"a", "b", "c"}), (QList<qint64>{0, 0, 0}));
    QCOMPARE(figures({"a", "b", "c"}, {"a", "c"}), (QList<qint64>{1, 0, 0}));
    QCOMPARE(figures({"a", "b", "c"}, {"a", "b", "b", "c"}), (QList<qint64>{0, 1, 0}));
    QCOMPARE(figures({"a", "b", "c"}, {"a", "c", "b"}), (QList<qint64>{0, 0, 1}));
    Findings invented;
    Checker(invented, "test").delivered({}, entries({"a"}, true), entries({"a", "z"}, false), {});
    QVERIFY(!invented.isClean());
    Findings confirmed;
    Checker(confirmed, "test").delivered({"a", "b"}, entries({"a"}, true), entries({"a"}, false), {});
    QCOMPARE(confirmed.figure("lost"), 1);
    Findings unsent;
    QList<Entry> queued = entries({"a"}, true);
    queued.first().state = "queued";
    Checker(unsent, "test").delivered({}, queued, entries({"a"}, false), {});
    QCOMPARE(unsent.figure("lost"), 1);
}

void TestTorture::theCheckerSeesWhatWasPrintedTwice() {
    const QString path = m_directory.filePath("printed");
    const auto check = [&] {
        Findings findings;
        Checker(findings, "test").printed({"alice 1", "alice 2"}, path);
        return findings;
    };
    beginRun(path, RunAfter::End);
    append(path, message(1, 1) + message(2, 2));
    QVERIFY(check().isClean());
    // A killed reader had no time to note what it printed: its successor may print it again.
    beginRun(path, RunAfter::Kill);
    append(path, message(2, 2));
    QVERIFY(check().isClean());
    QCOMPARE(check().figure("printed_again_after_kill"), 1);
    // One that ended well had.
    beginRun(path, RunAfter::End);
    append(path, message(2, 2));
    QCOMPARE(check().figure("doubled"), 1);
    // Under another cursor it is another message, whoever was killed.
    beginRun(path, RunAfter::Kill);
    append(path, message(1, 3));
    QCOMPARE(check().figure("doubled"), 2);
}

void TestTorture::theProxyForwardsAndCutsWhereItWasTold() {
    const auto backThrough = [](const LinkPlan& plan, const QByteArray& text) {
        const Echo echo;
        FaultProxy proxy(0);
        proxy.forwardTo(echo.port);
        proxy.plan([plan] { return plan; });
        return exchange(connectTo(proxy.port()), text);
    };
    const QByteArray text = "twelve bytes";
    QCOMPARE(backThrough({}, text), text);
    LinkPlan slow;
    slow.latency = std::chrono::milliseconds(5);
    slow.slice = true;
    QCOMPARE(backThrough(slow, text), text);
    for (const auto end :
         {LinkPlan::End::Close, LinkPlan::End::Reset, LinkPlan::End::BlackHole, LinkPlan::End::HalfOpen}) {
        LinkPlan cut;
        cut.end = end;
        cut.endAfter = 5; // on their way to the relay: nothing comes back
        cut.silence = std::chrono::milliseconds(10);
        QCOMPARE(backThrough(cut, text), QByteArray());
        cut.endAfter = 12;
        QCOMPARE(backThrough(cut, text), QByteArray());
    }
}

void TestTorture::theTracerKillsAtTheCallItWasTold() {
    // Before there is a lock nothing counts, so this program, which takes none, is never killed.
    Launch launch;
    launch.program = "/bin/sh";
    launch.arguments = {"-c", "echo one; echo two; exit 3"};
    launch.out = m_directory.filePath("out").toStdString();
    try {
        const TracedEnd unmarked = Tracer().run(launch, {1, false}, std::chrono::seconds(30));
        QVERIFY(!unmarked.killed);
        QCOMPARE(unmarked.exitCode, std::optional(3));
        QCOMPARE(unmarked.calls, 0);
        // `sotto whoami` holds its profile's lock while it prints one line: that call is the one that makes
        // the difference.
        const Cast cast;
        const auto alice = cast.person("alice");
        Launch whoami = launchFor(*alice, {"whoami"});
        whoami.out = launch.out;
        const auto printed = [&](CrashPoint point, TracedEnd* end) {
            QFile::remove(QString::fromStdString(whoami.out));
            *end = Tracer().run(whoami, point, std::chrono::seconds(30));
            return contents(QString::fromStdString(whoami.out));
        };
        TracedEnd whole;
        QCOMPARE(printed({}, &whole), QByteArray("@alice\n"));
        QVERIFY(whole.calls > 0);
        bool before = true;
        for (int call = 1; call <= whole.calls; ++call) {
            for (const bool after : {false, true}) {
                TracedEnd end;
                const bool has = !printed({call, after}, &end).isEmpty();
                QVERIFY(end.killed);
                QVERIFY(before || has);           // once written it stays written
                QVERIFY(has == !before || after); // it is never written by a call that was not made
                before = !has;
            }
        }
        QVERIFY(!before);
    } catch (const TracingRefused& refused) {
        QSKIP(refused.what());
    }
}

QTEST_GUILESS_MAIN(TestTorture)
#include "test_torture.moc"
