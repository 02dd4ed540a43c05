// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Joins what processes printed with what their databases hold (`sotto log --json`): nothing confirmed is
/// lost, nothing stands twice, and everybody's messages are in their order.
///
/// A reader prints a message and then moves its place. Killed in between, its successor prints the message
/// again, under the same id and cursor: so a line may come again in a run after a kill, and only there. In
/// the database a message stands once whatever happened.

#include "tests/support/programs.h"
#include "tests/torture/findings.h"

namespace sotto::torture {

/// A message as `sotto recv --json` or `sotto log --json` shows it.
struct Entry {
    QString id;
    QString text;
    QString kind;
    QString state;
    bool outgoing = false;
    qint64 cursor = 0;
    int run = 0; ///< in a printed log: of which process, from 0
};

/// How a process came to print into a log: written there before it starts.
enum class RunAfter { End, Kill };
void beginRun(const QString& path, RunAfter after);

class Checker {
public:
    Checker(Findings& findings, QString where)
        : m_findings(findings)
        , m_where(std::move(where)) {}

    /// The relay drops and reorders on purpose: what is sent again arrives, and is printed, later than its
    /// successors. The order of the histories is promised all the same.
    void allowLateArrivals() { m_lateArrivals = true; }

    /// One side of a conversation, oldest first, as its database has it.
    static QList<Entry> history(const test::Person& person, const QString& with);
    /// Its end.
    static QList<Entry> newest(const test::Person& person, const QString& with, int count);

    /// Somebody's messages to somebody: what the sender was told is taken, what the sender's database has,
    /// what the recipient's has, and what the recipient's processes printed into a file (none: an empty
    /// path).
    void delivered(const QStringList& confirmed, const QList<Entry>& atSender,
                   const QList<Entry>& atRecipient, const QString& printedPath);
    /// Exactly these texts in this order, found in a database.
    void texts(const QStringList& expected, const QStringList& found);
    /// Exactly these texts in this order, in a file that processes printed into.
    void printed(const QStringList& expected, const QString& path);

private:
    QList<Entry> readPrinted(const QString& path);
    void compare(const QStringList& expected, const QStringList& found, const QString& what,
                 bool ordered = true);

    Findings& m_findings;
    QString m_where;
    bool m_lateArrivals = false;
};

} // namespace sotto::torture
