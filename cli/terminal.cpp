// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/terminal.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace sotto::cli {

std::optional<SecretBytes> readLine(int descriptor) {
    SecretBytes gathered(kLongestLine + 1);
    std::size_t size = 0;
    while (size <= kLongestLine) {
        const ssize_t read = ::read(descriptor, &gathered.exposeWritable()[size], 1);
        if (read < 0 && errno == EINTR) {
            continue;
        }
        if (read < 0) {
            return std::nullopt;
        }
        if (read == 0 || gathered.expose()[size] == '\n') {
            break;
        }
        ++size;
    }
    return SecretBytes::from(gathered.expose().first(size));
}

Terminal::Terminal(Echo echo)
    : m_file(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY))
    , m_echo(echo) {
    if (m_file < 0 || tcgetattr(m_file, &m_before) != 0) {
        return;
    }
    termios silent = m_before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    m_isThere = echo == Echo::On || tcsetattr(m_file, TCSAFLUSH, &silent) == 0;
}

Terminal::~Terminal() {
    if (m_isThere && m_echo == Echo::Off) {
        tcsetattr(m_file, TCSAFLUSH, &m_before);
    }
    if (m_file >= 0) {
        ::close(m_file);
    }
}

std::optional<SecretBytes> Terminal::ask(std::string_view question) {
    (void)!::write(m_file, question.data(), question.size());
    auto answer = readLine(m_file);
    if (m_echo == Echo::Off) {
        tell("");
    }
    return answer;
}

void Terminal::tell(std::string_view line) {
    (void)!::write(m_file, line.data(), line.size());
    (void)!::write(m_file, "\n", 1);
}

} // namespace sotto::cli
