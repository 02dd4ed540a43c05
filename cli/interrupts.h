// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// SIGINT and SIGTERM as news for the event loop: whatever waits stops waiting, and the program ends in good
/// order. Children get the usual handling back.

#include <QSocketNotifier>
#include <memory>

namespace sotto::cli {

class Interrupts {
public:
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    /// The signal that came; 0 while none has.
    int caught() const;

private:
    std::unique_ptr<QSocketNotifier> m_news;
};

} // namespace sotto::cli
