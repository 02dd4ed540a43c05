// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The one place where an address out of a message leaves the program: http and https only, after the person
/// has seen where it leads, with the host as the network sees it.

#include <QUrl>
#include <functional>

class QWidget;

namespace sotto::app {

class LinkGate {
public:
    using Open = std::function<void(const QUrl&)>;
    /// The desktop's browser.
    LinkGate();
    explicit LinkGate(Open open)
        : m_open(std::move(open)) {}

    /// Asks; returns at once. Nothing happens for an address that may not be opened. words: what the link
    /// looks like, if that is known.
    void ask(const QString& address, QWidget* parent, const QString& words = {}) const;

private:
    Open m_open;
};

} // namespace sotto::app
