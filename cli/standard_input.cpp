// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/standard_input.h"

#include "core/types/message.h"

#include <QEventLoop>
#include <QSocketNotifier>
#include <QTimer>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <unistd.h>

namespace sotto::cli {

namespace {

using Clock = std::chrono::steady_clock;

ssize_t readSome(std::string& into) {
    std::array<char, 65536> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    ssize_t size = 0;
    do {
        size = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    } while (size < 0 && errno == EINTR);
    if (size > 0) {
        into.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return size;
}

/// Lets the event loop work until stdin has something or the time is over; < 0 waits for ever. Files are
/// always ready, which epoll does not say of them: those are read at once.
bool waitForInput(std::int64_t waitMs) {
    QEventLoop loop;
    QSocketNotifier readable(STDIN_FILENO, QSocketNotifier::Read);
    bool ready = false;
    QObject::connect(&readable, &QSocketNotifier::activated, &loop, [&] {
        ready = true;
        loop.quit();
    });
    QTimer timer;
    timer.setSingleShot(true);
    if (waitMs >= 0) {
        QObject::connect(&timer, &QTimer::timeout, &loop, &QEventLoop::quit);
        timer.start(std::chrono::milliseconds(waitMs));
    }
    loop.exec();
    return ready;
}

} // namespace

rpc::Result<std::string> readAll(std::size_t longest) {
    std::string all;
    ssize_t size = 0;
    do {
        size = readSome(all);
        if (size < 0) {
            return rpc::fail(rpc::Exit::Usage, "stdin",
                             std::string("nothing was sent: cannot read stdin: ") + std::strerror(errno));
        }
        if (all.size() > longest + 1) {
            return rpc::fail(rpc::Exit::Usage, "invalid",
                             "nothing was sent: stdin has more than the " + std::to_string(longest / 1024) +
                                 " KiB that fit into a message");
        }
    } while (size > 0);
    if (!all.empty() && all.back() == '\n') {
        all.pop_back();
    }
    return all;
}

LineReader::Read LineReader::readLine(std::string& line, std::int64_t waitMs, const Interrupts& interrupts) {
    const auto deadline = Clock::now() + std::chrono::milliseconds(std::max<std::int64_t>(waitMs, 0));
    while (interrupts.caught() == 0) {
        if (const auto end = m_buffer.find('\n'); end != std::string::npos) {
            line = m_buffer.substr(0, end);
            m_buffer.erase(0, end + 1);
            return Read::Line;
        }
        // A line over the limit is handed on as it is so far: sending it fails with the right words.
        if (m_ended || m_buffer.size() > core::kMaxTextBytes) {
            line = std::exchange(m_buffer, {});
            return line.empty() ? Read::End : Read::Line;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (waitMs >= 0 && left <= 0) {
            return Read::Late;
        }
        if (!waitForInput(waitMs < 0 ? -1 : left)) {
            continue;
        }
        m_ended = readSome(m_buffer) <= 0;
    }
    return Read::End;
}

std::optional<std::string> LineReader::next(const Interrupts& interrupts) {
    std::string text;
    while (text.empty()) {
        if (readLine(text, -1, interrupts) == Read::End) {
            return std::nullopt;
        }
    }
    if (m_batchMs > 0) {
        const auto deadline = Clock::now() + std::chrono::milliseconds(m_batchMs);
        std::string line;
        while (true) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
            if (left <= 0 || readLine(line, left, interrupts) != Read::Line) {
                break;
            }
            if (text.size() + 1 + line.size() > core::kMaxTextBytes) {
                m_buffer.insert(0, line + "\n"); // begins the next message
                break;
            }
            text += "\n" + line;
        }
    }
    return text;
}

} // namespace sotto::cli
