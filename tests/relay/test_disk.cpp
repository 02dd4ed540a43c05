// SPDX-License-Identifier: GPL-3.0-or-later
// The relay on a disk that is full or fails, at each write in turn.
#include "tests/relay/relay_world.h"
#include "tests/relay/small_disk.h"

#include <QTest>

using namespace sotto;
using namespace sotto::relay;

class TestDisk : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void nothingIsAnsweredThatTheDiskDidNotTake_data() {
        QTest::addColumn<int>("code");
        QTest::newRow("no space left") << SQLITE_FULL;
        QTest::newRow("the disk fails") << SQLITE_IOERR_WRITE;
    }
    void nothingIsAnsweredThatTheDiskDidNotTake() {
        QFETCH(int, code);
        SmallDisk disk;
        RelayWorld world({}, 1, SmallDisk::kName);
        const TestAccount alice = world.account("alice");
        const TestAccount bob = world.account("bob");
        auto atAlice = world.logIn(alice);
        QStringList sent;
        int refused = 0;
        for (int writes = 0;; ++writes) {
            const QString text = "message " + QString::number(writes);
            const pb::Frame message = alice.message(bob, world.random.next<SendId>(),
                                                    text.toStdString() + std::string(20'000, ' '));
            disk.failAfter(writes, code);
            const pb::Frame answer = world.ask(*atAlice, message);
            const bool fired = disk.fired();
            disk.recover();
            if (!answer.has_stored()) {
                ++refused;
                QCOMPARE(int(answer.error().code()), int(pb::STORAGE));
                QVERIFY(answer.error().retry_after_ms() > 0);
                // There is room again: it goes on by itself, with the same bytes.
                QVERIFY(world.ask(*atAlice, message).has_stored());
            }
            sent << text;
            if (!fired) {
                break; // every write of a send has failed once
            }
        }
        QVERIFY2(refused > 5, qPrintable(QString::number(refused)));
        world.restart();
        auto atBob = world.logIn(bob);
        QStringList received;
        for (std::size_t i = 0; i < atBob->rows.size(); ++i) {
            QCOMPARE(atBob->rows[i].number(), i + 1);
            received << QString::fromStdString(atBob->rows[i].payload()).trimmed();
        }
        QCOMPARE(received, sent);
        world.acknowledge(*atBob, atBob->rows.size());
        QVERIFY(world.store->check().empty());
    }
};

QTEST_GUILESS_MAIN(TestDisk)
#include "test_disk.moc"
