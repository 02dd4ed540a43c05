// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process_hardening.h"

#include "tests/support/child_process.h"
#include "tests/support/folder.h"

#include <QTest>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>

using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr uid_t kNobody = 65534;

/// Lays root's rights down, so that the child is as any user's process: root may look into everything.
void becomeOrdinary() {
    if (::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
        throw std::runtime_error("cannot become nobody");
    }
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // which changing the user took away
}

/// Whether another process of the same user can read the memory of a child that runs `prepare` first.
std::string memoryReadable(void (*prepare)()) {
    becomeOrdinary();
    Gate done;
    int ends[2];
    if (::pipe(ends) != 0) {
        return "no pipe";
    }
    const Child looked([&]() -> std::string {
        prepare();
        [[maybe_unused]] const ssize_t written = ::write(ends[1], "r", 1);
        done.wait();
        return {};
    });
    char byte;
    if (::read(ends[0], &byte, 1) != 1) {
        return "no child";
    }
    const std::string path = "/proc/" + std::to_string(looked.process()) + "/mem";
    const int memory = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return memory >= 0 ? "readable" : "refused";
}

} // namespace

class TestProcessHardening : public QObject {
    Q_OBJECT
private slots:
    void case76_noCoreDump() {
        const QTemporaryDir folder;
        Child child([&]() -> std::string {
            hardenProcess();
            rlimit limit{};
            if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || ::getrlimit(RLIMIT_CORE, &limit) != 0 ||
                limit.rlim_cur != 0 || limit.rlim_max != 0 || ::chdir(qPrintable(folder.path())) != 0) {
                return "not hardened";
            }
            std::signal(SIGSEGV, SIG_DFL); // the test library's, or the sanitizers' handler
            std::raise(SIGSEGV);
            return "alive";
        });
        const pid_t process = child.process();
        const int status = child.wait();
        QVERIFY(process > 0);
        QVERIFY2(WIFSIGNALED(status), child.report().c_str());
        QCOMPARE(WTERMSIG(status), SIGSEGV);
        QVERIFY(!WCOREDUMP(status));
        QVERIFY(contentsOf(folder.path().toStdString()).empty());
    }
    void case76_noOtherProcessOfTheUserReadsTheMemory() {
        QCOMPARE(Child([] { return memoryReadable(&hardenProcess); }).report(), std::string("refused"));
        const std::string unhardened = Child([] { return memoryReadable([] {}); }).report();
        if (unhardened != "readable") {
            QSKIP("this system lets no process look into another, hardened or not");
        }
    }
};

QTEST_GUILESS_MAIN(TestProcessHardening)
#include "test_process_hardening.moc"
