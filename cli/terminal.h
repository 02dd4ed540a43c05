// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The terminal that this program was started from, for questions, wherever stdin and stdout lead.

#include "core/base/secret.h"

#include <string_view>
#include <termios.h>

namespace sotto::cli {

/// A line without its end, or all there is; byte by byte, so that what follows the line stays for others.
/// Nothing when it cannot be read; errno says why. At most kLongestLine + 1 bytes.
inline constexpr std::size_t kLongestLine = 1024;
std::optional<SecretBytes> readLine(int descriptor);

enum class Echo { Off, On };

/// Put back as it was when this ends.
class Terminal {
public:
    explicit Terminal(Echo echo);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool isThere() const { return m_isThere; }
    /// Nothing when the terminal has gone.
    std::optional<SecretBytes> ask(std::string_view question);
    void tell(std::string_view line);

private:
    int m_file;
    Echo m_echo;
    bool m_isThere = false;
    termios m_before{};
};

} // namespace sotto::cli
