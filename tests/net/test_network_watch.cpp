// SPDX-License-Identifier: GPL-3.0-or-later
// News of this computer's network, in a network of this test alone: the kernel gives one to whoever may have
// it.
#include "core/net/network_watch.h"

#include <QCoreApplication>
#include <QTest>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sotto;

namespace {

bool isApart = false;

/// The loopback of a new network is down, and has no address.
bool setLoopback(bool isUp) {
    const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    qstrncpy(request.ifr_name, "lo", sizeof request.ifr_name);
    request.ifr_flags = isUp ? static_cast<short>(IFF_UP | IFF_RUNNING) : short{0};
    const bool done = any >= 0 && ::ioctl(any, SIOCSIFFLAGS, &request) == 0;
    ::close(any);
    return done;
}

} // namespace

class TestNetworkWatch : public QObject {
    Q_OBJECT
private slots:
    void aNetworkThatComesIsOnePieceOfNews() {
        if (!isApart) {
            QSKIP("this system gives nobody a network of their own");
        }
        int news = 0;
        const net::NetworkWatch watch([&news] { ++news; });
        QVERIFY(setLoopback(true)); // two addresses and their routes
        QVERIFY(QTest::qWaitFor([&] { return news > 0; }, 60'000));
        QVERIFY2(news <= 2, qPrintable(QString::number(news)));
        QVERIFY(setLoopback(false));
        QVERIFY(QTest::qWaitFor([&] { return news > 1; }, 60'000));
        QVERIFY(setLoopback(true));
        QVERIFY(QTest::qWaitFor([&] { return news > 2; }, 60'000));
    }
    void nothingIsHeardOfItAfterwards() {
        if (!isApart) {
            QSKIP("this system gives nobody a network of their own");
        }
        int news = 0;
        int later = 0;
        {
            const net::NetworkWatch watch([&news] { ++news; });
        }
        const net::NetworkWatch watch([&later] { ++later; });
        QVERIFY(setLoopback(false) && setLoopback(true));
        QVERIFY(QTest::qWaitFor([&] { return later > 0; }, 60'000));
        QCOMPARE(news, 0);
    }
};

int main(int argc, char** argv) {
    // Before there is a second thread. Root needs no user of its own for it.
    isApart = ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWNET) == 0;
    QCoreApplication application(argc, argv);
    TestNetworkWatch test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_network_watch.moc"
