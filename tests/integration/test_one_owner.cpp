// SPDX-License-Identifier: GPL-3.0-or-later
// One profile, many processes: whoever has it open serves the others, and nobody ever meets a lock.
#include "tests/support/programs.h"

#include <QDir>
#include <QTest>

using namespace sotto::test;

namespace {

/// Starts them all before it waits for any.
QList<Outcome> together(const Person& person, const QList<QStringList>& commands) {
    std::vector<std::unique_ptr<Running>> all;
    for (const QStringList& command : commands) {
        all.push_back(person.start(command));
    }
    QList<Outcome> outcomes;
    for (auto& one : all) {
        Outcome outcome;
        if (one->waitForEnd()) {
            outcome.exit = one->exitCode();
        }
        outcome.out = one->out();
        outcome.err = one->err();
        outcomes.append(outcome);
    }
    return outcomes;
}

QList<QStringList> sends(int count, const QStringList& more = {}) {
    QList<QStringList> commands;
    for (int i = 0; i < count; ++i) {
        commands.append(QStringList{"send", "@bob", "message " + QString::number(i)} + more);
    }
    return commands;
}

} // namespace

class TestOneOwner : public QObject {
    Q_OBJECT
private slots:
    void fiftySendsBesideAFollowingReader();
    void twentySendsWithoutAnyOwner();
    void commandsGoThroughTheOwnerUnchanged();
    void aReaderOutlivesItsOwner();
    void aKilledOwnerLeavesASocketThatNobodyTripsOver();
    void theDaemonServesAndEndsInGoodOrder();
    void aDaemonLetsAPassingCommandFinish();
    void aSecondDaemonIsRefused();
};

void TestOneOwner::fiftySendsBesideAFollowingReader() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    const auto owner = alice.follow();
    for (const Outcome& outcome : together(alice, sends(50))) {
        QVERIFY2(outcome.exit == 0, outcome.toString());
    }
    QCOMPARE(alice.history("@bob").size(), 50);
    QVERIFY(eventually([&] { return alice.json({"status"}).objects().first()["queued"].toInt() == 0; }));
    QCOMPARE(bob.json({"recv"}).objects().size(), 50);
}

void TestOneOwner::twentySendsWithoutAnyOwner() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    for (const Outcome& outcome : together(alice, sends(10) + sends(10, {"--wait", "queued"}))) {
        QVERIFY2(outcome.exit == 0, outcome.toString());
    }
    alice.must({"recv"});
    QCOMPARE(alice.history("@bob").size(), 20);
    QCOMPARE(bob.json({"recv"}).objects().size(), 20);
}

void TestOneOwner::commandsGoThroughTheOwnerUnchanged() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    alice.must({"send", "@bob", "one", "--wait", "relay"});
    const QList<QStringList> commands = {{"whoami"},
                                         {"contact", "list"},
                                         {"conv", "list"},
                                         {"log", "@bob"},
                                         {"account", "show", "--link"},
                                         {"paths"},
                                         {"contact", "verify", "@bob"},
                                         {"log", "@nobody"}};
    QStringList alone;
    for (const QStringList& command : commands) {
        alone.append(alice.run(command).toString());
    }
    const auto owner = alice.follow();
    QVERIFY(alice.json({"status"}).objects().first()["owner"].toBool());
    for (qsizetype i = 0; i < commands.size(); ++i) {
        QCOMPARE(QString(alice.run(commands[i]).toString()), alone[i]);
    }
}

void TestOneOwner::aReaderOutlivesItsOwner() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    bob.must({"contact", "add", "alice"});
    auto owner = alice.follow({"--as", "first"});
    auto reader = alice.follow({"--as", "second"});
    bob.must({"send", "@alice", "one", "--wait", "relay"});
    QVERIFY(owner->waitForLine("\"one\""));
    QVERIFY(reader->waitForLine("\"one\""));
    owner->kill();
    bob.must({"send", "@alice", "two", "--wait", "relay"});
    QVERIFY(reader->waitForLine("\"two\""));
    QCOMPARE(reader->out().count("\"text\":\"one\""), 1);
    QCOMPARE(reader->out().count("\"text\":\"two\""), 1);
    QCOMPARE(reader->terminate(), 0);
}

void TestOneOwner::aKilledOwnerLeavesASocketThatNobodyTripsOver() {
    Relay relay;
    const Person alice("alice", relay);
    alice.follow()->kill();
    QCOMPARE(QDir(alice.home() + "/run/sotto").entryList({"*.sock"}, QDir::System).size(), 1);
    QCOMPARE(alice.must({"whoami"}).out, "@alice\n");
    QCOMPARE(QDir(alice.home() + "/run/sotto").entryList({"*.sock"}, QDir::System).size(), 0);
}

void TestOneOwner::theDaemonServesAndEndsInGoodOrder() {
    Relay relay;
    const Person alice("alice", relay);
    const auto daemon = alice.start({"daemon"});
    QVERIFY(
        eventually([&] { return alice.json({"status"}).objects().first()["link"].toString() == "drained"; }));
    QCOMPARE(daemon->terminate(), 0);
    QCOMPARE(daemon->out(), QString());
    QCOMPARE(daemon->err(), QString());
}

void TestOneOwner::aDaemonLetsAPassingCommandFinish() {
    Relay relay;
    const Person alice("alice", relay);
    relay.kill();
    // It has the profile open for three seconds, until it gives up.
    const auto passing = alice.start({"contact", "add", "bob", "--timeout", "3s"});
    QVERIFY(eventually(
        [&] { return !QDir(alice.home() + "/run/sotto").entryList({"*.sock"}, QDir::System).isEmpty(); }));
    const auto daemon = alice.start({"daemon"});
    QVERIFY(passing->waitForEnd());
    QCOMPARE(passing->exitCode(), 3);
    relay.start();
    QVERIFY(
        eventually([&] { return alice.json({"status"}).objects().first()["link"].toString() == "drained"; }));
    QCOMPARE(daemon->terminate(), 0);
}

void TestOneOwner::aSecondDaemonIsRefused() {
    Relay relay;
    const Person alice("alice", relay);
    const auto owner = alice.follow();
    const Outcome second = alice.run({"daemon"});
    QVERIFY2(second.exit == 7, second.toString());
    QVERIFY(second.err.contains("another process has this profile open"));
}

QTEST_GUILESS_MAIN(TestOneOwner)
#include "test_one_owner.moc"
