// SPDX-License-Identifier: GPL-3.0-or-later
// The small program in front and the whole one behind it: nobody can tell which of them answered.
#include "cli/front/json_member.h"
#include "tests/support/programs.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>
#include <csignal>

using namespace sotto::test;
using namespace sotto::cli;

namespace {

Outcome whole(const Person& person, const QStringList& arguments) {
    QProcess process;
    process.setProcessEnvironment(person.environment());
    process.start(program("../libexec/sotto/sotto"), arguments);
    process.closeWriteChannel();
    Outcome outcome;
    if (process.waitForFinished(kPatienceMs) && process.exitStatus() == QProcess::NormalExit) {
        outcome.exit = process.exitCode();
    }
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.err = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

/// Without what differs from one run to the next.
QString timeless(QString text) {
    text.replace(QRegularExpression("msg_[0-9a-f]{32}"), "msg_*");
    text.replace(QRegularExpression("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z"), "TIME");
    text.replace(QRegularExpression("\"(ts|sent_ts|received_ts|stamp|cursor)\":\"?[0-9]+\"?"), "\"\\1\":*");
    return text;
}

} // namespace

class TestFront : public QObject {
    Q_OBJECT
    std::unique_ptr<Relay> m_relay;
    std::unique_ptr<Person> m_alice;
    std::unique_ptr<Person> m_bob;

private slots:
    void initTestCase();
    void cleanupTestCase();
    void membersAreFoundAndNothingElseIs();
    void bothSayTheSame_data();
    void bothSayTheSame();
    void withoutAnOwnerAMessageIsSentOnceAllTheSame();
    void anOwnerThatDoesNotAnswerIsWaitedForAndTheMessageSentOnce();
};

void TestFront::initTestCase() {
    m_relay = std::make_unique<Relay>();
    m_alice = std::make_unique<Person>("alice", *m_relay);
    m_bob = std::make_unique<Person>("bob", *m_relay);
    m_alice->must({"contact", "add", "bob"});
}

void TestFront::cleanupTestCase() {
    m_bob.reset();
    m_alice.reset();
    m_relay.reset();
}

void TestFront::membersAreFoundAndNothingElseIs() {
    QVERIFY(member(R"({"a":1,"b":{"a":2}})", "b") == R"({"a":2})");
    QVERIFY(member(R"( { "a" : "x\"},{" , "b" : [1,{"c":2}] } )", "b") == R"([1,{"c":2}] )");
    QVERIFY(member(R"({"a":1,"a":2})", "a") == "1");
    for (const char* wrong : {"", "[]", "{", R"({"a")", R"({"a":})", R"({"a":1)", R"({"a":[1})",
                              R"({"a":1}x)", R"({"a":"1)", R"({"b":1})"}) {
        QVERIFY2(!member(wrong, "a"), wrong);
    }
    QVERIFY(plainText(R"("abc")") == "abc");
    for (const char* wrong : {"", "\"", "1", R"("a\n")", R"("a)"}) {
        QVERIFY2(!plainText(wrong), wrong);
    }
    QCOMPARE(jsonString("a\"\\\n\x01ü"), std::string("\"a\\\"\\\\\\u000a\\u0001ü\""));
}

void TestFront::bothSayTheSame_data() {
    QTest::addColumn<QStringList>("arguments");
    const auto row = [](const QStringList& arguments) {
        QTest::newRow(qPrintable(arguments.join(' '))) << arguments;
    };
    row({"send", "@bob", "hello"});
    row({"send", "@bob", "quotes \" \\ and\nlines \t\x01 and ü \xF0\x9F\x98\x80"});
    row({"--json", "send", "@bob", "hello"});
    row({"send", "@bob", "hello", "--json"});
    row({"send", "--wait", "queued", "@bob", "hello", "--no-push"});
    row({"send", "@bob", "hello", "--wait", "auto"});
    row({"--profile", "default", "send", "@bob", "hello"});
    row({"--profile", "nobody", "send", "@bob", "hello"});
    row({"send", "@bob", "status"});
    row({"send", "@bob", "[a,b]"});
    row({"send", "@bob", "--", "--json"});
    row({"send", "@bob", "hello", "--timeout", "5s"});
    row({"send", "@bob", "hello", "--timeout", "soon"});
    row({"send", "@bob", "hello", "--id", "nonsense"});
    row({"send", "@bob", "hello", "--dry-run"});
    row({"send", "@bob", "hello", "--wait", "never"});
    row({"send", "@nobody", "hello"});
    row({"--json", "send", "@nobody", "hello"});
    row({"send", "@bob", ""});
    row({"send", "@bob"});
    row({"send", "@bob", "hello", "more"});
    row({"send", "@bob", QString(70'000, 'x')});
    row({"--json", "--json", "send", "@bob", "hello"});
    row({"send", "@bob", "hello", "--nonsense"});
    row({"--version"});
    row({"send", "--help"});
    row({});
}

void TestFront::bothSayTheSame() {
    QFETCH(QStringList, arguments);
    const auto owner = m_alice->follow();
    const Outcome small = m_alice->run(arguments);
    const Outcome large = whole(*m_alice, arguments);
    QCOMPARE(small.exit, large.exit);
    QCOMPARE(timeless(small.out), timeless(large.out));
    QCOMPARE(timeless(small.err), timeless(large.err));
}

void TestFront::withoutAnOwnerAMessageIsSentOnceAllTheSame() {
    const auto before = m_alice->history("bob").size();
    m_alice->must({"send", "@bob", "nobody has it open"});
    QCOMPARE(m_alice->history("bob").size(), before + 1);
}

void TestFront::anOwnerThatDoesNotAnswerIsWaitedForAndTheMessageSentOnce() {
    const auto before = m_alice->history("bob").size();
    const auto owner = m_alice->follow();
    ::kill(static_cast<pid_t>(owner->pid()), SIGSTOP);
    const auto sending = m_alice->start({"send", "@bob", "are you there?"});
    // The whole program has taken over when the command line names the message.
    QVERIFY(eventually([&] {
        QFile line(QString("/proc/%1/cmdline").arg(sending->pid()));
        return line.open(QIODevice::ReadOnly) && line.readAll().contains("--id");
    }));
    ::kill(static_cast<pid_t>(owner->pid()), SIGCONT);
    QVERIFY(sending->waitForEnd());
    QCOMPARE(sending->exitCode(), 0);
    QCOMPARE(m_alice->history("bob").size(), before + 1);
}

QTEST_GUILESS_MAIN(TestFront)
#include "test_front.moc"
