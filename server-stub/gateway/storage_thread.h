// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A store on a thread of its own. Group commit without a timer: whatever gathers while one transaction is
/// committed is the next transaction.

#include "server-stub/relay/store.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sotto::relay {

class StorageThread {
public:
    using Completed = std::function<void(std::vector<Job> jobs, std::optional<StoreError> failure)>;

    /// `completed` is called on the storage thread, in the order of submission.
    StorageThread(std::unique_ptr<Store> store, const Clock& clock, Completed completed);
    /// Executes what was submitted, then closes the store.
    ~StorageThread();
    StorageThread(const StorageThread&) = delete;
    StorageThread& operator=(const StorageThread&) = delete;

    void submit(std::vector<Job> jobs);

private:
    void run();

    std::unique_ptr<Store> m_store;
    const Clock& m_clock;
    Completed m_completed;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<Job> m_waiting; ///< guarded by m_mutex
    bool m_ending = false;      ///< guarded by m_mutex
    std::thread m_thread;
};

} // namespace sotto::relay
