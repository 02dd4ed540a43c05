// SPDX-License-Identifier: GPL-3.0-or-later
// A disk without room: nothing is claimed that was not stored, and everything goes on when there is room
// again.
#include "tests/support/programs.h"

#include <QTest>
#include <unistd.h>

using namespace sotto::test;

class TestDiskFull : public QObject {
    Q_OBJECT
private slots:
    void nothingIsLostWhenTheDiskIsFull();
};

void TestDiskFull::nothingIsLostWhenTheDiskIsFull() {
    Relay relay;
    const Person bob("bob", relay);
    Person alice("alice");
    QStringList unshare =
        geteuid() == 0 ? QStringList{"--mount"} : QStringList{"--user", "--map-root-user", "--mount"};
    if (QProcess::execute("unshare", unshare + QStringList{"mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs",
                                                           alice.home() + "/data"}) != 0) {
        QSKIP("no mount namespace allowed here");
    }
    // One script, since the small disk lives as long as its namespace. Each command's exit code on a line.
    const QString script = "mount -t tmpfs -o size=4m tmpfs $HOME/data\n"
                           "run() { $SOTTO \"$@\" >>$HOME/out 2>>$HOME/err; echo \"$? $1 $2 $3\"; }\n"
                           "run account new --name alice --link $LINK --key-file\n"
                           "run contact add bob\n"
                           "run send @bob before\n"
                           "dd if=/dev/zero of=$HOME/data/filler bs=4096 2>/dev/null\n"
                           "long=$(head -c 60000 /dev/zero | tr '\\0' x)\n"
                           "run send @bob $long\n"
                           "run log @bob\n"
                           "rm $HOME/data/filler\n"
                           "run send @bob after\n"
                           "run log @bob\n";
    alice.environment().insert("SOTTO", program("sotto"));
    alice.environment().insert("LINK", relay.joinLink());
    Running shell("unshare", unshare + QStringList{"sh", "-c", script}, alice.environment());
    QVERIFY(shell.waitForEnd());
    QStringList exits;
    for (const QString& line : shell.out().split('\n', Qt::SkipEmptyParts)) {
        exits.append(line.section(' ', 0, 0));
    }
    QFile errors(alice.home() + "/err");
    QVERIFY(errors.open(QFile::ReadOnly));
    const QByteArray said = errors.readAll();
    const QStringList expected = {"0", "0", "0", "5", "5", "0", "0"};
    QVERIFY2(exits == expected, qPrintable(exits.join(' ') + "\n" + said));
    QVERIFY2(said.contains("space"), said);
    QFile output(alice.home() + "/out");
    QVERIFY(output.open(QFile::ReadOnly));
    QVERIFY(output.readAll().contains("me: after (sent)"));
    const Outcome received = bob.json({"recv"});
    QCOMPARE(received.objects().size(), 2);
    QCOMPARE(received.objects()[0]["text"].toString(), "before");
    QCOMPARE(received.objects()[1]["text"].toString(), "after");
}

QTEST_GUILESS_MAIN(TestDiskFull)
#include "test_disk_full.moc"
