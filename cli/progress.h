// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One line on a terminal's stderr that says how far long work has come; nothing elsewhere.

#include <cstdint>
#include <string>

namespace sotto::cli {

class Progress {
public:
    explicit Progress(std::string doing);
    ~Progress(); ///< takes the line away
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void show(std::uint64_t done, std::uint64_t total);

private:
    std::string m_doing;
    bool m_isShown;
    int m_percent = -1;
};

} // namespace sotto::cli
