// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/interrupts.h"

#include <QCoreApplication>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace sotto::cli {

namespace {

// A handler may touch nothing but these.
int pipeEnds[2] = {-1, -1};
std::atomic<int> caughtSignal = 0;

void onSignal(int signal) {
    if (caughtSignal != 0) {
        _exit(128 + signal); // a second one: the person is in a hurry
    }
    caughtSignal = signal;
    const char byte = 0;
    (void)!write(pipeEnds[1], &byte, 1);
}

} // namespace

Interrupts::Interrupts() {
    (void)!pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK);
    struct sigaction action {};
    action.sa_handler = onSignal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    // Held back where quick_send.cpp was interrupted and left the rest to us.
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &held, nullptr);
    m_news = std::make_unique<QSocketNotifier>(pipeEnds[0], QSocketNotifier::Read);
    QObject::connect(m_news.get(), &QSocketNotifier::activated, m_news.get(), [this] {
        m_news->setEnabled(false);
        QCoreApplication::exit(); // quit() does nothing to loops that were not started by exec()
    });
}

Interrupts::~Interrupts() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    m_news.reset();
    close(pipeEnds[0]);
    close(pipeEnds[1]);
}

int Interrupts::caught() const {
    return caughtSignal;
}

} // namespace sotto::cli
