// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Somebody in the ring: a `recv --follow` that prints what comes, and a `send --lines` that says what is to
/// be said, each started again whenever it has ended.

#include "tests/torture/cast.h"
#include "tests/torture/checker.h"

namespace sotto::torture {

class Actor {
public:
    /// How a new reader finds its place after a crash.
    enum class Place {
        Kept,   ///< the client's own: what was printed and not noted down is printed again
        Printed ///< after the last line that was printed: nothing comes twice
    };

    Actor(Findings& findings, const Cast& cast, const QString& name, const QString& peer, Place place);

    /// Starts what has ended. False when nothing could be done, because somebody holds the profile.
    void tend();
    /// So many more messages are to be said.
    void add(std::uint64_t messages) { m_toSay += static_cast<qint64>(messages); }
    bool hasSaidAll() const { return m_confirmed.size() >= m_toSay && !m_sender; }
    qint64 confirmed() const { return m_confirmed.size(); }
    /// Distinct messages in what was printed so far.
    qint64 printed();
    void killReader();
    bool killSender();
    Process* reader() { return m_reader.get(); }
    /// The reader that runs now has been connected: it is past its start.
    bool isOnline();
    /// The relay has said of everything that it is stored.
    bool isAnswered() const;
    /// SIGTERM to the reader; it ends well.
    void end();
    const test::Person& person() const { return *m_person; }
    const QString& name() const { return m_person->name(); }
    const QString& peer() const { return m_peer; }
    const QStringList& said() const { return m_confirmed; }
    const QString& printedPath() const { return m_printed; }
    QString errors() const { return QString::fromUtf8(contents(m_person->home() + "/err").right(2000)); }

private:
    void startReader();
    void startSender();
    void reconcile();
    qint64 lastCursor();

    Findings& m_findings;
    std::unique_ptr<test::Person> m_person;
    QString m_peer;
    Place m_place;
    QString m_printed;
    QString m_lines;
    QString m_said;
    std::unique_ptr<Process> m_reader;
    std::unique_ptr<Process> m_sender;
    bool m_readerKilled = false;
    qint64 m_toSay = 0;
    qint64 m_next = 0;      ///< number of the next new line
    QStringList m_batch;    ///< what the sender is to say
    QStringList m_leftOver; ///< of the batch before: not taken
    QStringList m_confirmed;
    qint64 m_printedBytes = 0;
    QSet<QString> m_seen;
    qint64 m_lastCursor = 0;
    bool m_online = false; ///< the reader that runs has been connected
};

} // namespace sotto::torture
