// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace sotto::cli {

Progress::Progress(std::string doing)
    : m_doing(std::move(doing))
    , m_isShown(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (m_percent >= 0) {
        std::fputs("\r\033[K", stderr);
    }
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
    const int percent = total == 0 ? 0 : static_cast<int>(std::min<std::uint64_t>(done * 100 / total, 100));
    if (m_isShown && percent != m_percent) {
        m_percent = percent;
        std::fprintf(stderr, "\r%s: %d %%", m_doing.c_str(), percent);
    }
}

} // namespace sotto::cli
