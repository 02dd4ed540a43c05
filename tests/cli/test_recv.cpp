// SPDX-License-Identifier: GPL-3.0-or-later
// `sotto recv` for programs (--exec, closed pipes) and passphrases at a terminal.
#include "tests/support/programs.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QJsonDocument>
#include <QTest>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace sotto::test;

namespace {

struct Talk {
    Relay relay;
    Person alice{"alice", relay};
    Person bob{"bob", relay};

    explicit Talk(int messages) {
        alice.must({"contact", "add", "bob"});
        QByteArray lines;
        for (int i = 1; i <= messages; ++i) {
            lines += "message " + QByteArray::number(i) + "\n";
        }
        const Outcome sent = alice.run({"send", "@bob", "--lines", "--wait", "relay"}, lines);
        if (sent.exit != 0) {
            qFatal("%s", sent.toString().constData());
        }
    }
};

/// An executable script in Bob's home.
QString script(const Person& person, const QByteArray& text) {
    const QString path = person.home() + "/answer";
    QFile file(path);
    if (!file.open(QFile::WriteOnly)) {
        qFatal("no script");
    }
    file.write("#!/bin/sh\n" + text);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return path;
}

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestRecv : public QObject {
    Q_OBJECT
private slots:
    void eachMessageGoesToTheProgramOnce();
    void aFailingProgramGetsTheMessageAgain();
    void theProgramIsNotAShellCommand();
    void aMissingProgramIsAnErrorAndLosesNothing();
    void aReaderThatCannotPrintAcknowledgesNothing();
    void thePassphraseIsAskedForWithoutEcho();
};

void TestRecv::eachMessageGoesToTheProgramOnce() {
    Talk talk(3);
    const QString program = script(talk.bob, "cat >> \"$HOME/got\"\n");
    for (int i = 0; i < 2; ++i) {
        const Outcome received = talk.bob.run({"recv", "--exec", program});
        QVERIFY2(received.exit == 0, received.toString());
    }
    const QList<QByteArray> lines = contents(talk.bob.home() + "/got").trimmed().split('\n');
    QCOMPARE(lines.size(), 3);
    QCOMPARE(QJsonDocument::fromJson(lines[2])["text"].toString(), "message 3");
}

void TestRecv::aFailingProgramGetsTheMessageAgain() {
    Talk talk(3);
    const QString program = script(talk.bob, "cat >> \"$HOME/got\"; [ $(wc -l < \"$HOME/got\") != 2 ]\n");
    const Outcome failed = talk.bob.run({"recv", "--exec", program});
    QVERIFY2(failed.exit == 8, failed.toString());
    const Outcome received = talk.bob.run({"recv", "--exec", program});
    QVERIFY2(received.exit == 0, received.toString());
    const QByteArray got = contents(talk.bob.home() + "/got");
    QCOMPARE(got.count("message 1"), 1);
    QCOMPARE(got.count("message 2"), 2);
    QCOMPARE(got.count("message 3"), 1);
}

void TestRecv::theProgramIsNotAShellCommand() {
    Talk talk(1);
    const QString program =
        script(talk.bob, "cat > /dev/null; printf '%s\\n' \"$@\" > \"$HOME/arguments\"\n");
    const Outcome received = talk.bob.run({"recv", "--exec", program + " \"two words\" ;touch $HOME/owned"});
    QVERIFY2(received.exit == 0, received.toString());
    QVERIFY(!QFile::exists(talk.bob.home() + "/owned"));
    QCOMPARE(contents(talk.bob.home() + "/arguments"), QByteArray("two words\n;touch\n$HOME/owned\n"));
}

void TestRecv::aMissingProgramIsAnErrorAndLosesNothing() {
    Talk talk(1);
    const Outcome missing = talk.bob.run({"recv", "--exec", "/nonexistent/program"});
    QVERIFY2(missing.exit == 8, missing.toString());
    QVERIFY(talk.bob.run({"recv"}).out.contains("message 1"));
}

void TestRecv::aReaderThatCannotPrintAcknowledgesNothing() {
    Talk talk(2);
    QProcess reader;
    reader.setProcessEnvironment(talk.bob.environment());
    reader.setStandardOutputFile("/dev/full");
    reader.start(program("sotto"), {"recv"});
    QVERIFY(reader.waitForFinished(kPatienceMs));
    QCOMPARE(reader.exitCode(), 1);
    QCOMPARE(talk.bob.run({"recv"}).out.count("message"), 2);
}

void TestRecv::thePassphraseIsAskedForWithoutEcho() {
    Relay relay;
    const Person alice("alice");
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    QVERIFY(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const QByteArray name = ptsname(terminal);
    QByteArray seen;
    const auto waitFor = [&](const QByteArray& text) {
        const QDeadlineTimer deadline(kPatienceMs);
        while (!seen.contains(text)) {
            pollfd waiting{terminal, POLLIN, 0};
            char buffer[256];
            if (deadline.hasExpired() || poll(&waiting, 1, 1'000) < 0) {
                return false;
            }
            const ssize_t size = (waiting.revents & POLLIN) != 0 ? read(terminal, buffer, sizeof buffer) : 0;
            seen.append(buffer, std::max<ssize_t>(size, 0));
        }
        return true;
    };
    const auto run = [&](const QStringList& arguments, const QList<QByteArray>& conversation) {
        QProcess process;
        process.setProcessEnvironment(alice.environment());
        process.setChildProcessModifier([name] {
            setsid();
            const int own = open(name.constData(), O_RDWR);
            ioctl(own, TIOCSCTTY, 0);
        });
        process.start(program("sotto"), arguments);
        seen.clear();
        for (const QByteArray& question : conversation) {
            if (!waitFor(question)) {
                qWarning("no question: %s", seen.constData());
                return -1;
            }
            seen.clear();
            (void)!write(terminal, "hidden words\n", 13);
        }
        process.waitForFinished(kPatienceMs);
        waitFor("\n");
        return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    };
    // A process that holds the terminal open, so that it lives between two commands.
    const int keeper = open(name.constData(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    QCOMPARE(run({"account", "new", "--name", "alice", "--link", relay.joinLink()},
                 {"New passphrase: ", "Once more: "}),
             0);
    QVERIFY(!seen.contains("hidden"));
    QCOMPARE(run({"whoami"}, {"Passphrase: "}), 0);
    QVERIFY(!seen.contains("hidden"));
    ::close(keeper);
    ::close(terminal);
}

QTEST_GUILESS_MAIN(TestRecv)
#include "test_recv.moc"
