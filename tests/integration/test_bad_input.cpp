// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong says in one line what was attempted and what to do, with its documented exit code, and
// loses nothing.
#include "tests/support/programs.h"

#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace sotto::test;

namespace {

/// One line on stderr, the exit code, and in the JSON form the same code again.
#define REFUSED(person, arguments, code, words)                                                              \
    do {                                                                                                     \
        const Outcome outcome = (person).json(arguments);                                                    \
        QVERIFY2(outcome.exit == (code), outcome.toString());                                                \
        QVERIFY2(outcome.err.count('\n') == 1 && outcome.err.startsWith("sotto: "), outcome.toString());     \
        QVERIFY2(outcome.err.contains(words, Qt::CaseInsensitive), outcome.toString());                      \
        QCOMPARE(outcome.objects().last()["exit"].toInt(), (code));                                          \
    } while (false)

QStringList words(std::initializer_list<QString> list) {
    return list;
}

void overwrite(const QString& path, qint64 from, const QByteArray& bytes) {
    QFile file(path);
    if (!file.open(QFile::ReadWrite) || !file.seek(from) || file.write(bytes) != bytes.size()) {
        qFatal("cannot damage %s", qPrintable(path));
    }
}

} // namespace

class TestBadInput : public QObject {
    Q_OBJECT
private slots:
    void wrongLinks();
    void wrongPin();
    void usedInviteAndTakenNameLeaveAProfileForAnotherTry();
    void unknownRecipient();
    void textOverTheLimit();
    void wrongPassphrase();
    void passphraseFileThatOthersCanRead();
    void noProfile();
    void unreadableProfile();
    void damagedDatabase();
    void doctorOfWhatIsInUse();
    void usage();
};

void TestBadInput::wrongLinks() {
    Relay relay;
    const Person alice("alice");
    REFUSED(alice, words({"account", "new", "--name", "alice", "--key-file", "--link", "hello"}), 2,
            "no join link");
    REFUSED(alice,
            words({"account", "new", "--name", "alice", "--key-file", "--link",
                   "sotto+ws://example.org:1/#" + relay.joinLink().section('#', 1)}),
            2, "unencrypted");
    QVERIFY(!QFile::exists(alice.profile()));
    const Person bob("bob", relay);
    REFUSED(bob, words({"contact", "add", relay.joinLink()}), 2, "join link");
    REFUSED(bob, words({"contact", "add", "sotto://127.0.0.1:1/@x#zz"}), 2, "no contact link");
    Relay other;
    const Person carol("carol", other);
    REFUSED(bob, words({"contact", "add", carol.must({"account", "show", "--link"}).out.trimmed()}), 2,
            "another relay");
}

void TestBadInput::wrongPin() {
    Relay relay;
    Relay other;
    // The other relay's address with this one's key: what somebody in between looks like.
    const QString link =
        "sotto://127.0.0.1:" + QString::number(other.port()) + "/#" + relay.joinLink().section('#', 1);
    const Person alice("alice");
    const Outcome outcome = alice.json({"account", "new", "--name", "alice", "--key-file", "--link", link});
    QVERIFY2(outcome.exit == 3, outcome.toString());
    QVERIFY2(outcome.err.contains("another key"), outcome.toString());
    // With the right link the same profile goes on: nothing of the first try stands in its way.
    const Outcome made = alice.json({"account", "new", "--name", "alice", "--link", other.joinLink()});
    QVERIFY2(made.exit == 0, made.toString());
}

void TestBadInput::usedInviteAndTakenNameLeaveAProfileForAnotherTry() {
    Relay relay;
    const QString link = relay.joinLink();
    const Person alice("alice");
    alice.must({"account", "new", "--name", "alice", "--key-file", "--link", link});
    const Person bob("bob");
    const Outcome used = bob.json({"account", "new", "--name", "bob", "--key-file", "--link", link});
    QVERIFY2(used.exit == 7, used.toString());
    QVERIFY2(used.err.contains("invite"), used.toString());
    QCOMPARE(used.objects().first()["type"].toString(), "recovery_code");
    const Outcome taken =
        bob.json({"account", "new", "--name", "alice", "--key-file", "--link", relay.joinLink()});
    QVERIFY2(taken.exit == 7, taken.toString());
    QVERIFY2(taken.err.contains("taken"), taken.toString());
    // The code shown at the first try still holds: it is not shown again, and not another.
    const Outcome made = bob.json({"account", "new", "--name", "bob", "--link", relay.joinLink()});
    QVERIFY2(made.exit == 0, made.toString());
    QCOMPARE(made.objects().size(), 1);
    QCOMPARE(made.objects().first()["id"], used.objects().first()["id"]);
    REFUSED(bob, words({"account", "new", "--name", "bob", "--link", relay.joinLink()}), 2,
            "already has an account");
}

void TestBadInput::unknownRecipient() {
    Relay relay;
    const Person alice("alice", relay);
    REFUSED(alice, words({"send", "@bob", "hello"}), 6, "@bob");
    REFUSED(alice, words({"send", "c:99", "hello"}), 6, "no conversation c:99");
    REFUSED(alice, words({"send", "me", "hello"}), 6, "no second device");
    REFUSED(alice, words({"contact", "add", "bob"}), 6, "@bob");
    REFUSED(alice, words({"log", "@bob"}), 6, "@bob");
}

void TestBadInput::textOverTheLimit() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    const QByteArray longest(64 * 1024, 'x');
    const Outcome over = alice.json({"send", "@bob", "-"}, longest + "y");
    QVERIFY2(over.exit == 2, over.toString());
    QVERIFY2(over.err.contains("limit is 65536"), over.toString());
    const Outcome invalid = alice.json({"send", "@bob", "-"}, "\xff\xfe");
    QVERIFY2(invalid.exit == 2, invalid.toString());
    const Outcome fits = alice.json({"send", "@bob", "-", "--wait", "relay"}, longest);
    QVERIFY2(fits.exit == 0, fits.toString());
    QCOMPARE(bob.json({"recv"}).objects().first()["text"].toString().size(), longest.size());
    QCOMPARE(alice.history("@bob").size(), 1);
}

void TestBadInput::wrongPassphrase() {
    Relay relay;
    const Person alice("alice");
    const QString right = alice.home() + "/right";
    const QString wrong = alice.home() + "/wrong";
    for (const QString& path : {right, wrong}) {
        QFile file(path);
        QVERIFY(file.open(QFile::WriteOnly));
        file.write(path == right ? "correct horse\n" : "battery staple\n");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    }
    alice.must({"account", "new", "--name", "alice", "--link", relay.joinLink(), "--passphrase-file", right});
    REFUSED(alice, words({"whoami", "--passphrase-file", wrong}), 7, "wrong passphrase");
    REFUSED(alice, words({"whoami"}), 7, "--passphrase-fd");
    QCOMPARE(alice.must({"whoami", "--passphrase-file", right}).out, "@alice\n");
    const Outcome byDescriptor = alice.run({"whoami", "--passphrase-fd", "0"}, "correct horse\n");
    QVERIFY2(byDescriptor.exit == 0, byDescriptor.toString());
    // Whoever has it open needs no passphrase from the others.
    const auto owner = alice.follow({"--passphrase-file", right});
    QCOMPARE(alice.must({"whoami"}).out, "@alice\n");
}

void TestBadInput::passphraseFileThatOthersCanRead() {
    const Person alice("alice");
    QFile file(alice.home() + "/open");
    QVERIFY(file.open(QFile::WriteOnly));
    file.write("secret\n");
    file.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
    Relay relay;
    REFUSED(alice,
            words({"account", "new", "--name", "alice", "--link", relay.joinLink(), "--passphrase-file",
                   file.fileName()}),
            2, "can be read by others");
    QVERIFY(!QFile::exists(alice.profile()));
}

void TestBadInput::noProfile() {
    const Person nobody("nobody");
    REFUSED(nobody, words({"send", "@bob", "hello"}), 6, "none");
    REFUSED(nobody, words({"--profile", "other", "whoami"}), 6, "none");
    REFUSED(nobody, words({"--profile", "no good", "whoami"}), 2, "");
}

void TestBadInput::unreadableProfile() {
    Relay relay;
    const Person alice("alice", relay);
    QVERIFY(QFile::remove(alice.profile() + "/key.file"));
    REFUSED(alice, words({"whoami"}), 10, "key");
    QVERIFY(QFile::exists(alice.profile() + "/history.db"));
}

void TestBadInput::damagedDatabase() {
    Relay relay;
    const Person alice("alice", relay);
    const QString path = alice.profile() + "/history.db";
    overwrite(path, 0, QByteArray(4096, '\x5a'));
    QFile damaged(path);
    QVERIFY(damaged.open(QFile::ReadOnly));
    const QByteArray before = damaged.readAll();
    REFUSED(alice, words({"whoami"}), 10, "history.db");
    damaged.seek(0);
    QCOMPARE(damaged.readAll(), before);
    // What the error names.
    const Outcome examined = alice.json({"doctor"});
    QCOMPARE(examined.exit, 10);
    QCOMPARE(examined.objects().first()["type"].toString(), QString("doctor"));
    QVERIFY(examined.objects().first()["repairable"].toBool());
    damaged.seek(0);
    QCOMPARE(damaged.readAll(), before);
    const Outcome repaired = alice.json({"doctor", "--repair"});
    QCOMPARE(repaired.exit, 0);
    QVERIFY(repaired.objects().first()["repaired"].toBool());
    QCOMPARE(repaired.objects().first()["aside"].toArray().size(), 1);
    alice.must({"whoami"});
    QVERIFY(alice.must({"doctor"}).out.contains("sound: "));
}

void TestBadInput::doctorOfWhatIsInUse() {
    Relay relay;
    const Person alice("alice", relay);
    const auto owner = alice.follow();
    REFUSED(alice, words({"doctor"}), 7, "end that first");
}

void TestBadInput::usage() {
    Relay relay;
    const Person alice("alice", relay);
    const Person bob("bob", relay);
    alice.must({"contact", "add", "bob"});
    REFUSED(alice, words({"send", "@bob"}), 2, "nothing was sent");
    REFUSED(alice, words({"send", "@bob", "x", "--wait", "forever"}), 2, "--wait");
    REFUSED(alice, words({"send", "@bob", "x", "--timeout", "soon"}), 2, "no time");
    REFUSED(alice, words({"send", "@bob", "x", "--id", "msg_1"}), 2, "32 hex");
    REFUSED(alice, words({"log", "@bob", "--before", "nonsense"}), 2, "");
    REFUSED(alice, words({"log", "@bob", "-n", "0"}), 2, "1 to 200");
    REFUSED(alice, words({"recv", "--since", "x"}), 2, "cursor");
    REFUSED(alice, words({"recv", "--types", "nonsense"}), 2, "nonsense");
    REFUSED(alice, words({"nosuch"}), 2, "--help");
    REFUSED(alice, words({"config", "get", "nosuch"}), 6, "nosuch");
    REFUSED(alice, words({"schema", "nosuch"}), 6, "nosuch");
    QCOMPARE(alice.history("@bob"), QStringList());
}

QTEST_GUILESS_MAIN(TestBadInput)
#include "test_bad_input.moc"
