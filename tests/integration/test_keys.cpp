// SPDX-License-Identifier: GPL-3.0-or-later
// The command line's side of keys, lock, backups and exports, with the real programs.
#include "tests/support/programs.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTest>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sotto::test;

namespace {

/// A program on a terminal of its own.
class OnTerminal {
public:
    OnTerminal(const Person& person, const QStringList& arguments) {
        QList<QByteArray> words{program("sotto").toUtf8()};
        for (const QString& argument : arguments) {
            words.append(argument.toUtf8());
        }
        std::vector<char*> argv;
        for (QByteArray& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        const QStringList variables = person.environment().toStringList();
        m_process = ::forkpty(&m_terminal, nullptr, nullptr, nullptr);
        if (m_process == 0) {
            ::clearenv();
            for (const QString& variable : variables) {
                ::putenv(::strdup(qPrintable(variable)));
            }
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
    }
    ~OnTerminal() { ::close(m_terminal); }
    /// Reads until the pattern has matched what came since the last time; empty at the end.
    QRegularExpressionMatch waitFor(const QString& pattern) {
        const QRegularExpression wanted(pattern);
        char buffer[1024];
        while (true) {
            const auto match = wanted.match(m_seen);
            if (match.hasMatch()) {
                m_seen = m_seen.mid(match.capturedEnd());
                return match;
            }
            const ssize_t count = ::read(m_terminal, buffer, sizeof buffer);
            if (count <= 0) {
                return {};
            }
            m_seen += QString::fromUtf8(buffer, count);
        }
    }
    void type(const QString& line) {
        const QByteArray bytes = line.toUtf8() + '\n';
        (void)!::write(m_terminal, bytes.constData(), static_cast<std::size_t>(bytes.size()));
    }
    int exitCode() {
        waitFor("(?!)"); // until it ends
        int status = 0;
        ::waitpid(m_process, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    int m_terminal = -1;
    pid_t m_process = -1;
    QString m_seen;
};

QString secretFile(const Person& person, const QString& name, const QByteArray& text) {
    const QString path = person.home() + "/" + name;
    QFile file(path);
    if (!file.open(QFile::WriteOnly)) {
        qFatal("no file %s", qPrintable(path));
    }
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(text);
    return path;
}

} // namespace

class TestKeys : public QObject {
    Q_OBJECT
    std::unique_ptr<Relay> m_relay;

private slots:
    void initTestCase() { m_relay = std::make_unique<Relay>(); }
    void cleanupTestCase() { m_relay.reset(); }

    void theRecoveryCodeIsAskedBack() {
        const Person carol("carol");
        OnTerminal terminal(
            carol, {"account", "new", "--name", "carol", "--link", m_relay->joinLink(), "--key-file"});
        const QString code =
            terminal.waitFor("Recovery code: \\S*?([0-9A-Z]{4}(-[0-9A-Z]{4}){13})").captured(1);
        QVERIFY(!code.isEmpty());
        const QStringList groups = code.split('-');
        auto asked = terminal.waitFor("groups ([0-9]+) and ([0-9]+): ");
        QVERIFY(asked.hasMatch());
        terminal.type("0000 0000");
        QVERIFY(terminal.waitFor("something else").hasMatch());
        QVERIFY(terminal.waitFor("groups ([0-9]+) and ([0-9]+): ").hasMatch());
        terminal.type(groups[asked.captured(1).toInt() - 1].toLower() + " " +
                      groups[asked.captured(2).toInt() - 1]);
        QVERIFY(terminal.waitFor("That is right").hasMatch());
        QVERIFY(terminal.waitFor("You are @carol").hasMatch());
        QCOMPARE(terminal.exitCode(), 0);
    }
    void theProtectionChangesAndLockLetsGo() {
        const Person dora("dora");
        const QString one = secretFile(dora, "one", "correct horse\n");
        const QString two = secretFile(dora, "two", "battery staple\n");
        dora.must({"account", "new", "--name", "dora", "--link", m_relay->joinLink(), "--key-file"});
        dora.must({"account", "protect", "--new-passphrase-file", one});
        QCOMPARE(dora.run({"whoami"}).exit, 7);
        dora.must({"whoami", "--passphrase-file", one});
        dora.must({"account", "protect", "--passphrase-file", one, "--new-passphrase-file", two});
        QCOMPARE(dora.run({"whoami", "--passphrase-file", one}).exit, 7);
        QVERIFY(!QFile::exists(dora.profile() + "/key.file"));

        const auto daemon = dora.start({"daemon", "--passphrase-file", two});
        QVERIFY(eventually([&] { return dora.run({"whoami"}).exit == 0; })); // nobody asks: it is open
        const Outcome busy = dora.run({"account", "protect", "--key-file", "--passphrase-file", two});
        QCOMPARE(busy.exit, 7);
        QVERIFY2(busy.err.contains("sotto lock"), busy.toString());
        const Outcome locked = dora.json({"lock"});
        QCOMPARE(locked.exit, 0);
        QCOMPARE(locked.objects().first()["was_open"], QJsonValue(true));
        QVERIFY(daemon->waitForEnd());
        QCOMPARE(daemon->exitCode(), 0);
        QCOMPARE(dora.run({"whoami"}).exit, 7); // it wants its passphrase again
        QCOMPARE(dora.json({"lock"}).objects().first()["was_open"], QJsonValue(false));
        const Outcome open = dora.json({"account", "protect", "--key-file", "--passphrase-file", two});
        QCOMPARE(open.objects().first()["protection"], QJsonValue("file"));
        dora.must({"whoami"});
    }
    void withoutAKeychainItSaysSoAndMakesNothing() {
        Person emil("emil");
        for (const char* name : {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"}) {
            emil.environment().remove(name);
        }
        const Outcome made =
            emil.run({"account", "new", "--name", "emil", "--link", m_relay->joinLink(), "--keychain"});
        QCOMPARE(made.exit, 3);
        QVERIFY2(made.err.contains("keychain"), made.toString());
        QVERIFY(!QDir(emil.profile()).exists());
    }
    void aBackupComesBackWithItsCode() {
        const Person fritz("fritz");
        const Outcome made =
            fritz.json({"account", "new", "--name", "fritz", "--link", m_relay->joinLink(), "--key-file"});
        QCOMPARE(made.exit, 0);
        const QString code =
            secretFile(fritz, "code", made.objects().first()["recovery_code"].toString().toUtf8());
        const Person gerda("gerda", *m_relay);
        fritz.must({"contact", "add", "gerda"});
        fritz.must({"send", "@gerda", "kept for ever", "--wait", "relay"});
        const QString file = fritz.home() + "/fritz.backup";
        const Outcome created = fritz.json({"backup", "create", file});
        QVERIFY2(created.exit == 0, created.toString());
        QCOMPARE(created.objects().first()["action"], QJsonValue("created"));
        QCOMPARE(fritz.run({"backup", "create", file}).exit, 2); // there is one
        const Outcome verified = fritz.json({"backup", "verify", file, "--code-file", code});
        QVERIFY2(verified.exit == 0, verified.toString());
        QCOMPARE(verified.objects().first()["messages"], QJsonValue(1));
        QCOMPARE(fritz.run({"backup", "restore", file, "--code-file", code, "--key-file"}).exit, 2);
        const Outcome restored =
            fritz.json({"--profile", "again", "backup", "restore", file, "--code-file", code, "--key-file"});
        QVERIFY2(restored.exit == 0, restored.toString());
        QVERIFY(fritz.must({"--profile", "again", "log", "@gerda"}).out.contains("kept for ever"));
        const QString wrong = secretFile(fritz, "wrong", "0000-0000");
        QCOMPARE(fritz.run({"backup", "verify", file, "--code-file", wrong}).exit, 2);
        QVERIFY(QFile::resize(file, 500));
        QCOMPARE(fritz.run({"backup", "verify", file, "--code-file", code}).exit, 10);
        // The history in the open goes the same way.
        const QString lines = fritz.home() + "/history.jsonl";
        const Outcome exported = fritz.json({"export", lines});
        QVERIFY2(exported.exit == 0, exported.toString());
        QCOMPARE(exported.objects().first()["messages"], QJsonValue(1));
        const Outcome imported = fritz.json({"--profile", "again", "import", lines});
        QVERIFY2(imported.exit == 0, imported.toString());
        QCOMPARE(imported.objects().first()["added"], QJsonValue(0)); // it had it
        QCOMPARE(gerda.run({"import", lines}).exit, 2);
    }
};

QTEST_GUILESS_MAIN(TestKeys)
#include "test_keys.moc"
