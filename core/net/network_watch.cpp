// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/network_watch.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace sotto::net {

namespace {

/// Addresses and routes come one by one when a network comes up: one try after they settle is enough.
constexpr int kBurstMs = 200;
/// Less sleep than this does not cost a connection.
constexpr long long kShortestSleepMs = 2'000;

long long milliseconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<long long>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

/// CLOCK_BOOTTIME goes on while the computer sleeps, CLOCK_MONOTONIC does not.
long long sleptMs() {
    return milliseconds(CLOCK_BOOTTIME) - milliseconds(CLOCK_MONOTONIC);
}

} // namespace

NetworkWatch::NetworkWatch(std::function<void()> changed) {
    m_burst.setSingleShot(true);
    m_burst.setInterval(kBurstMs);
    QObject::connect(&m_burst, &QTimer::timeout, &m_burst, std::move(changed));
    watchAddresses();
    watchSleep();
}

NetworkWatch::~NetworkWatch() {
    m_netlinkNews.reset();
    m_sleepNews.reset();
    if (m_netlink >= 0) {
        close(m_netlink);
    }
    if (m_sleepTimer >= 0) {
        close(m_sleepTimer);
    }
}

void NetworkWatch::watchAddresses() {
    m_netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (m_netlink < 0) {
        return;
    }
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (bind(m_netlink, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(m_netlink);
        m_netlink = -1;
        return;
    }
    m_netlinkNews = std::make_unique<QSocketNotifier>(m_netlink, QSocketNotifier::Read);
    QObject::connect(m_netlinkNews.get(), &QSocketNotifier::activated, &m_burst, [this] {
        std::array<char, 8192> news{};
        // What changed does not matter. ENOBUFS, news lost, is news too.
        while (recv(m_netlink, news.data(), news.size(), 0) > 0) {
        }
        m_burst.start();
    });
}

void NetworkWatch::watchSleep() {
    m_sleptMs = sleptMs();
    m_sleepTimer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (m_sleepTimer < 0) {
        return;
    }
    armSleepTimer();
    m_sleepNews = std::make_unique<QSocketNotifier>(m_sleepTimer, QSocketNotifier::Read);
    QObject::connect(m_sleepNews.get(), &QSocketNotifier::activated, &m_burst, [this] { readSleepTimer(); });
}

void NetworkWatch::armSleepTimer() {
    itimerspec never{};
    never.it_value.tv_sec = std::time(nullptr) + 10L * 365 * 86'400;
    timerfd_settime(m_sleepTimer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
}

// The timer is cancelled when the wall clock steps, which resuming does too. A step alone changes nothing for
// us.
void NetworkWatch::readSleepTimer() {
    std::uint64_t expirations = 0;
    (void)!read(m_sleepTimer, &expirations, sizeof expirations);
    armSleepTimer();
    const long long slept = sleptMs();
    if (slept - m_sleptMs >= kShortestSleepMs) {
        m_burst.start();
    }
    m_sleptMs = slept;
}

} // namespace sotto::net
