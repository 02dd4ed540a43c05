// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/storage_thread.h"

#include <iterator>
#include <sched.h>

namespace sotto::relay {

StorageThread::StorageThread(std::unique_ptr<Store> store, const Clock& clock, Completed completed)
    : m_store(std::move(store))
    , m_clock(clock)
    , m_completed(std::move(completed))
    , m_thread([this] { run(); }) {}

StorageThread::~StorageThread() {
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_changed.notify_one();
    m_thread.join();
}

void StorageThread::submit(std::vector<Job> jobs) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.empty()) {
            m_waiting = std::move(jobs);
        } else {
            std::move(jobs.begin(), jobs.end(), std::back_inserter(m_waiting));
        }
    }
    m_changed.notify_one();
}

void StorageThread::run() {
    // Where both threads share a processor, new work does not interrupt the gateway: what it goes on to read
    // joins the batch.
    const sched_param parameters{};
    ::sched_setscheduler(0, SCHED_BATCH, &parameters);
    for (;;) {
        std::vector<Job> jobs;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [this] { return m_ending || !m_waiting.empty(); });
            if (m_waiting.empty()) {
                return;
            }
            jobs.swap(m_waiting);
        }
        const auto executed = m_store->execute(jobs, m_clock.wall());
        m_completed(std::move(jobs), executed ? std::nullopt : std::optional(executed.error()));
    }
}

} // namespace sotto::relay
