// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// stdin, for those who asked for it.

#include "cli/interrupts.h"
#include "core/rpc/error.h"

#include <optional>
#include <string>

namespace sotto::cli {

/// All of stdin without its final line end. Usage error when it is longer than this.
rpc::Result<std::string> readAll(std::size_t longest);

/// stdin line by line. With a batch time, lines that come within it of the first are joined by line ends.
/// Empty lines are left out.
class LineReader {
public:
    explicit LineReader(std::int64_t batchMs)
        : m_batchMs(batchMs) {}
    /// Nothing at the end of stdin, or when interrupted.
    std::optional<std::string> next(const Interrupts& interrupts);

private:
    enum class Read { Line, End, Late };
    Read readLine(std::string& line, std::int64_t waitMs, const Interrupts& interrupts);

    std::int64_t m_batchMs;
    std::string m_buffer;
    bool m_ended = false;
};

} // namespace sotto::cli
