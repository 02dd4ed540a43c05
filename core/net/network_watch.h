// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Notices that this computer's network changed or that it woke from sleep, so that a client need not wait
/// for its next try. Reads the kernel's own news (rtnetlink, and a timer that is cancelled on resume): no
/// service, no polling, no CPU while nothing happens. Where the kernel refuses either, that news simply stays
/// away.

#include <QSocketNotifier>
#include <QTimer>
#include <functional>
#include <memory>

namespace sotto::net {

class NetworkWatch {
public:
    /// changed() comes from the event loop, once per burst of news.
    explicit NetworkWatch(std::function<void()> changed);
    ~NetworkWatch();
    NetworkWatch(const NetworkWatch&) = delete;
    NetworkWatch& operator=(const NetworkWatch&) = delete;

private:
    void watchAddresses();
    void watchSleep();
    void armSleepTimer();
    void readSleepTimer();

    int m_netlink = -1;
    int m_sleepTimer = -1;
    long long m_sleptMs = 0; ///< time asleep since boot, when last looked
    QTimer m_burst;
    std::unique_ptr<QSocketNotifier> m_netlinkNews;
    std::unique_ptr<QSocketNotifier> m_sleepNews;
};

} // namespace sotto::net
