// SPDX-License-Identifier: GPL-3.0-or-later
// What must not be found anywhere: canaries in what the relay keeps, in logs, arguments, environments and
// modes.
#include "tests/support/programs.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTest>
#include <sys/stat.h>

using namespace sotto::test;

namespace {

const QByteArray kText = "CANARY-text-7f3a";
const QByteArray kPassphrase = "CANARY-passphrase-91bd";
const QByteArray kStdin = "CANARY-stdin-c0de";

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

/// Files below a folder that contain a byte string.
QStringList filesWith(const QString& folder, const QByteArray& canary) {
    QStringList found;
    QDirIterator files(folder, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        if (contents(path).contains(canary)) {
            found.append(path);
        }
    }
    return found;
}

QStringList openToOthers(const QString& folder) {
    QStringList found;
    QDirIterator entries(folder, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                         QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        const QString path = entries.next();
        struct stat status {};
        if (lstat(qPrintable(path), &status) == 0 && !S_ISLNK(status.st_mode) &&
            (status.st_mode & 077U) != 0) {
            found.append(path);
        }
    }
    return found;
}

Person withPassphrase(const QString& name, Relay& relay, QString& file) {
    Person person(name);
    file = person.home() + "/passphrase";
    QFile secret(file);
    if (!secret.open(QFile::WriteOnly)) {
        qFatal("no passphrase file");
    }
    secret.write(kPassphrase + "\n");
    secret.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    secret.close();
    person.must({"account", "new", "--name", name, "--link", relay.joinLink(), "--passphrase-file", file});
    return person;
}

} // namespace

class TestTraces : public QObject {
    Q_OBJECT
private slots:
    void case31TheRelayIsBlind();
    void case78NoSecretInArgumentsOrEnvironment();
    void case79NothingIsOpenToOthers();
    void case80LogsAndOutputCarryNoSecret();
    void case71And72TheProfileKeepsNoPlaintext();
    void case74TwentyTextsThroughEverythingLeaveNoTrace();
};

void TestTraces::case31TheRelayIsBlind() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    alice.must({"send", "@bob", kText, "--wait", "relay"});
    // Before and after Bob has fetched it, while it runs and after it was stopped.
    QCOMPARE(filesWith(relay.directory(), kText), QStringList());
    bob.must({"recv"});
    QCOMPARE(filesWith(relay.directory(), kText), QStringList());
    QCOMPARE(relay.terminate(), 0);
    QCOMPARE(filesWith(relay.directory(), kText), QStringList());
    // The search itself works: what the relay must know is found.
    QVERIFY(!filesWith(relay.directory(), "alice").isEmpty());
}

void TestTraces::case78NoSecretInArgumentsOrEnvironment() {
    // There is no way to say a passphrase in an argument: the options that exist name a descriptor or a file.
    const Person nobody("nobody");
    const Outcome option = nobody.run({"whoami", "--passphrase", "x"});
    QVERIFY2(option.exit == 2, option.toString());
    Relay relay;
    QString file;
    Person alice = withPassphrase("alice", relay, file);
    const auto owner = alice.follow({"--passphrase-file", file});
    const auto sender = alice.start({"send", "@alice", "--lines"});
    for (const qint64 pid : {owner->pid(), sender->pid()}) {
        for (const char* name : {"cmdline", "environ"}) {
            const QString path = QString("/proc/%1/%2").arg(pid).arg(name);
            if (name == std::string_view("cmdline")) {
                QVERIFY(!contents(path).isEmpty());
            }
            QVERIFY(!contents(path).contains("CANARY"));
        }
    }
    // An environment variable is not a way either.
    alice.environment().insert("SOTTO_PASSPHRASE", kPassphrase);
    owner->terminate();
    const Outcome fromEnvironment = alice.run({"whoami"});
    QVERIFY2(fromEnvironment.exit == 7, fromEnvironment.toString());
}

void TestTraces::case79NothingIsOpenToOthers() {
    const mode_t before = umask(0);
    {
        Relay relay;
        const Person alice("alice", relay);
        const auto owner = alice.follow();
        QCOMPARE(openToOthers(alice.profile()), QStringList());
        QCOMPARE(openToOthers(alice.home() + "/run"), QStringList());
        QVERIFY(QFile::exists(alice.profile() + "/history.db"));
    }
    umask(before);
}

void TestTraces::case80LogsAndOutputCarryNoSecret() {
    Relay relay;
    QString file;
    Person alice = withPassphrase("alice", relay, file);
    const Person bob("bob", relay);
    alice.environment().insert("QT_LOGGING_RULES", "*=true");
    alice.environment().insert("QT_FORCE_STDERR_LOGGING", "1");
    const auto owner = alice.follow({"--passphrase-file", file});
    const auto atBob = bob.follow();
    alice.must({"contact", "add", "bob"});
    bob.must({"contact", "add", "alice"});
    const Outcome sent = alice.run({"send", "@bob", "-", "--wait", "delivered"}, kStdin);
    QVERIFY2(sent.exit == 0, sent.toString());
    QVERIFY(!sent.toString().contains("CANARY")); // the result names the message, not what is in it
    QVERIFY(atBob->waitForLine(kStdin));
    relay.kill();
    owner->terminate();
    QVERIFY(!owner->err().contains("CANARY"));
    QVERIFY(!owner->err().contains(contents(bob.profile() + "/key.file").toHex()));
    QCOMPARE(filesWith(alice.home() + "/state", "CANARY"), QStringList());
    QCOMPARE(filesWith(relay.directory(), "CANARY"), QStringList());
}

void TestTraces::case71And72TheProfileKeepsNoPlaintext() {
    Relay relay;
    QString file;
    const Person alice = withPassphrase("alice", relay, file);
    const Person bob("bob", relay);
    const auto owner = alice.follow({"--passphrase-file", file});
    alice.must({"contact", "add", "bob"});
    alice.must({"send", "@bob", kText, "--wait", "relay"});
    bob.must({"recv"});
    for (const QString& folder : {alice.home() + "/data", bob.home() + "/data", bob.home() + "/run"}) {
        QCOMPARE(filesWith(folder, kText), QStringList());
        QCOMPARE(filesWith(folder, "SQLite format 3"), QStringList());
        QCOMPARE(filesWith(folder, kPassphrase), QStringList());
    }
}

/// Sent, received, searched for and deleted, with every log switched on: no file of a home, the folder for
/// temporary files in it, nor of the relay, ever has one of them, and no log names one.
void TestTraces::case74TwentyTextsThroughEverythingLeaveNoTrace() {
    constexpr int kTexts = 20;
    Relay relay;
    Person alice("alice", relay);
    Person bob("bob", relay);
    for (Person* person : {&alice, &bob}) {
        QVERIFY(QDir(person->home()).mkdir("tmp"));
        auto& environment = person->environment();
        environment.insert("TMPDIR", person->home() + "/tmp");
        environment.insert("SQLITE_TMPDIR", person->home() + "/tmp");
        environment.insert("QT_LOGGING_RULES", "*=true");
        environment.insert("QT_FORCE_STDERR_LOGGING", "1");
        environment.insert("SOTTO_LOG", "link,mail,trust,account");
    }
    const auto ofAlice = alice.follow();
    const auto ofBob = bob.follow();
    alice.must({"contact", "add", "bob"});
    bob.must({"contact", "add", "alice"});
    QByteArray lines;
    for (int i = 0; i < kTexts; ++i) {
        lines += QByteArray("CANARYwords") + QByteArray::number(1000 + i) + " of a kind\n";
    }
    const auto noTrace = [&] {
        QStringList found;
        for (const QString& folder : {alice.home(), bob.home(), relay.directory()}) {
            found +=
                filesWith(folder, "CANARY") + filesWith(folder, "canaryw") + filesWith(folder, "anarywor");
        }
        return found;
    };
    const Outcome sent = alice.run({"send", "@bob", "--lines", "--wait", "relay"}, lines);
    QVERIFY2(sent.exit == 0, sent.toString());
    QVERIFY(ofBob->waitForLine("CANARYwords1019 of a kind"));
    QCOMPARE(noTrace(), QStringList());
    for (const Person* person : {&alice, &bob}) {
        const Outcome found = person->json({"search", "anarywords1007"});
        QCOMPARE(found.objects().size() > 0 && found.out.contains("CANARYwords1007"), true);
    }
    QCOMPARE(noTrace(), QStringList());
    for (const Person* person : {&alice, &bob}) {
        for (const QJsonObject& line :
             person->json({"log", person == &alice ? "@bob" : "@alice"}).objects()) {
            if (line["text"].toString().startsWith("CANARY")) {
                person->must({"msg", "delete", line["id"].toString()});
            }
        }
        QVERIFY(!person->run({"log", person == &alice ? "@bob" : "@alice"}).out.contains("CANARY"));
    }
    QCOMPARE(noTrace(), QStringList());
    for (const auto& owner : {ofAlice.get(), ofBob.get()}) {
        owner->terminate();
        QVERIFY(owner->err().contains("mail")); // the log is on
        QVERIFY(!owner->err().contains("CANARY"));
    }
    QCOMPARE(noTrace(), QStringList());
}

QTEST_GUILESS_MAIN(TestTraces)
#include "test_traces.moc"
