// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who plays: a relay with limits that nobody reaches, and people with key files, so that a start costs no
/// passphrase.

#include "tests/support/programs.h"
#include "tests/torture/fault_proxy.h"
#include "tests/torture/process.h"

namespace sotto::torture {

class Cast {
public:
    /// `faults`: what the relay itself is to break (docs/RELAY.md); empty: nothing.
    explicit Cast(FaultProxy* proxy = nullptr, const QString& faults = {});

    test::Relay& relay() { return m_relay; }
    /// How people come to the relay: through the proxy, if there is one.
    QString joinLink() const { return m_link; }
    /// A new account.
    std::unique_ptr<test::Person> person(const QString& name) const;
    /// The same for somebody whose home is there already.
    void join(const test::Person& person) const;
    /// The relay's database, changed under it.
    void changeRelay(const QString& sql) const;
    /// What starts the relay again by hand, say under a tracer.
    Launch relayLaunch() const;

    /// A relay's options: nobody is to be slowed down but by faults.
    static QStringList unlimited();

private:
    test::Relay m_relay;
    QString m_link;
};

/// `sotto` with these arguments at that person's.
Launch launchFor(const test::Person& person, const QStringList& arguments);

/// Numbered texts of one author, so that a checker sees what is missing: "alice 17".
QString numbered(const QString& author, qint64 number);
/// Adds to a file that is somebody's stdin or log.
void append(const QString& path, const QByteArray& text);
QByteArray contents(const QString& path);

} // namespace sotto::torture
