// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What every bench shares: one timed run at a time on this machine, and how much of it others used
/// meanwhile.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace sotto::bench {

/// Holds the lock that all sotto-bench-* programs take for the time they measure. Waits for it.
class TimedRun {
public:
    TimedRun() {
        const char* directory = std::getenv("TMPDIR");
        const std::string path = std::string(directory != nullptr ? directory : "/tmp") + "/sotto-bench.lock";
        m_lock = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
        if (m_lock < 0 || ::flock(m_lock, LOCK_EX) != 0) {
            std::perror(path.c_str());
            std::exit(1);
        }
        m_busyAtStart = busySeconds();
        m_startedAt = std::chrono::steady_clock::now();
        m_ownAtStart = ownSeconds();
    }
    TimedRun(const TimedRun&) = delete;
    TimedRun& operator=(const TimedRun&) = delete;
    ~TimedRun() { ::close(m_lock); }

    /// Processor use of everything but this process and its children since the start, in processors: 0.00 is
    /// a quiet machine. Includes the kernel's own work.
    double otherProcessors() const {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - m_startedAt;
        const double others = (busySeconds() - m_busyAtStart) - (ownSeconds() - m_ownAtStart);
        return std::max(0.0, others / passed.count());
    }

private:
    static double ownSeconds() {
        double seconds = 0;
        for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
            rusage usage{};
            ::getrusage(who, &usage);
            for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
                seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
            }
        }
        return seconds;
    }
    static double busySeconds() {
        std::FILE* file = std::fopen("/proc/stat", "r");
        if (file == nullptr) {
            return 0;
        }
        unsigned long user = 0, nice = 0, system = 0;
        const int read = std::fscanf(file, "cpu %lu %lu %lu", &user, &nice, &system);
        std::fclose(file);
        return read == 3 ? static_cast<double>(user + nice + system) / ticks() : 0;
    }
    static double ticks() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

    int m_lock = -1;
    double m_busyAtStart = 0;
    double m_ownAtStart = 0;
    std::chrono::steady_clock::time_point m_startedAt;
};

/// Seconds of processor time this process has used.
inline double cpuSeconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Runs `work` (which does `operations` of something) several times and gives the median of operations per
/// CPU-second; `prepare` runs untimed before each.
template <class Prepare, class Work>
double ratePerCpuSecond(std::size_t operations, Prepare prepare, Work work) {
    std::vector<double> rates;
    for (int round = 0; round < 5; ++round) {
        prepare();
        const double start = cpuSeconds();
        work();
        rates.push_back(static_cast<double>(operations) / (cpuSeconds() - start));
    }
    std::nth_element(rates.begin(), rates.begin() + 2, rates.end());
    return rates[2];
}

} // namespace sotto::bench
