// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stall_watch.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <execinfo.h>
#include <semaphore.h>

namespace sotto::app {
namespace {

constexpr int kMostFrames = 48;
std::array<void*, kMostFrames> s_frames;
int s_frameCount = 0;
sem_t s_taken;

/// In the UI thread, wherever it is.
void takeFrames(int) {
    const int before = errno;
    s_frameCount = ::backtrace(s_frames.data(), kMostFrames);
    ::sem_post(&s_taken);
    errno = before;
}

std::string framesInWords() {
    std::string words;
    char** const names = ::backtrace_symbols(s_frames.data(), s_frameCount);
    for (int i = 2; names != nullptr && i < s_frameCount; ++i) { // without the handler and what called it
        words += std::string("    ") + names[i] + '\n';
    }
    std::free(names); // NOLINT: backtrace_symbols wants it
    return words;
}

} // namespace

StallWatch::StallWatch(std::chrono::milliseconds longest, Tell tell)
    : m_longest(longest)
    , m_tell(std::move(tell))
    , m_uiThread(::pthread_self()) {
    ::backtrace(s_frames.data(), 1); // its library is loaded now, not inside the handler
    ::sem_init(&s_taken, 0, 0);
    struct sigaction action {};
    action.sa_handler = takeFrames;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR2, &action, nullptr);
    m_watcher = std::thread([this] { watch(); });
}

StallWatch::~StallWatch() {
    {
        const std::lock_guard lock(m_mutex);
        m_ended = true;
    }
    m_changed.notify_one();
    m_watcher.join();
    std::signal(SIGUSR2, SIG_IGN);
    ::sem_destroy(&s_taken);
}

void StallWatch::answer() {
    Stall stall;
    {
        const std::lock_guard lock(m_mutex);
        stall.duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_asked);
        stall.stack = std::exchange(m_stack, {});
        m_asked = {};
    }
    m_changed.notify_one();
    if (!stall.stack.empty()) {
        m_tell(stall);
    }
}

void StallWatch::watch() {
    constexpr std::chrono::milliseconds kBetween(10);
    std::unique_lock lock(m_mutex);
    while (!m_ended) {
        m_asked = Clock::now();
        QMetaObject::invokeMethod(
            this, [this] { answer(); }, Qt::QueuedConnection);
        const auto isDone = [&] { return m_ended || m_asked == Clock::time_point{}; };
        if (!m_changed.wait_for(lock, m_longest, isDone)) {
            ::pthread_kill(m_uiThread, SIGUSR2);
            ::sem_wait(&s_taken);
            m_stack = framesInWords();
            m_changed.wait(lock, isDone);
        }
        m_changed.wait_for(lock, kBetween, [&] { return m_ended; });
    }
}

void StallWatch::print(const Stall& stall) {
    std::fprintf(stderr, "sotto-desktop: the window stood still for %lld ms in\n%s",
                 static_cast<long long>(stall.duration.count()), stall.stack.c_str());
}

} // namespace sotto::app
