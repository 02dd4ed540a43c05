// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The real programs as child processes: a relay on loopback, and people who each have a home of their own
/// and type `sotto`. Everything waits for lines and ends with a deadline, never for a time.

#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>
#include <memory>

namespace sotto::test {

inline constexpr int kPatienceMs = 60'000; ///< generous: sanitizers on a busy machine

/// Where the programs under test are.
QString program(const QString& name);

/// What a command left behind.
struct Outcome {
    int exit = -1;
    QString out;
    QString err;
    /// stdout as JSON, each object held against its schema; anything else stands in `invalid`.
    QList<QJsonObject> objects() const;
    QString invalid() const;
    /// For messages of failed checks.
    QByteArray toString() const;
};

/// A relay that comes back under the same address after being killed.
class Relay {
public:
    explicit Relay(QStringList options = {"--invites", "20"});
    ~Relay();
    void start();
    void kill();     ///< SIGKILL
    int terminate(); ///< SIGTERM; its exit code
    QString joinLink();
    QString directory() const { return m_home.path(); }
    int port() const { return m_port; }
    qint64 pid() const { return m_process->processId(); }

private:
    QTemporaryDir m_home;
    QStringList m_options;
    std::unique_ptr<QProcess> m_process;
    QStringList m_links;
    int m_port = 0;
};

/// A program that goes on.
class Running {
public:
    Running(const QString& program, const QStringList& arguments, const QProcessEnvironment& environment);
    ~Running();
    /// Waits until stdout has a line with this text, from the beginning; false at the deadline or the end.
    bool waitForLine(const QString& text);
    bool waitForLines(int count);
    bool waitForEnd();
    void kill();     ///< SIGKILL
    int terminate(); ///< SIGTERM; its exit code
    int interrupt(); ///< SIGINT; its exit code
    int exitCode() const { return m_process.exitCode(); }
    qint64 pid() const { return m_process.processId(); }
    QString out();
    QString err();
    QProcess& process() { return m_process; }

private:
    QProcess m_process;
    QString m_out;
    QString m_err;
};

class Person {
public:
    explicit Person(const QString& name);
    /// Makes the account at the relay, with a key file; fails the test by throwing.
    Person(const QString& name, Relay& relay);

    Outcome run(const QStringList& arguments, const QByteArray& input = {}) const;
    /// The same with --json; throws when the output breaks its schema.
    Outcome json(const QStringList& arguments, const QByteArray& input = {}) const;
    std::unique_ptr<Running> start(const QStringList& arguments) const;
    /// Runs, and throws when the exit code is another one.
    Outcome must(const QStringList& arguments, int exit = 0) const;
    /// A `recv --follow` that is connected.
    std::unique_ptr<Running> follow(const QStringList& more = {}) const;
    /// Texts of the conversation with somebody, oldest first, with "<" for received and ">" for sent.
    QStringList history(const QString& with) const;

    const QString& name() const { return m_name; }
    QString home() const { return m_home.path(); }
    QString profile() const { return home() + "/data/sotto/default"; }
    QProcessEnvironment& environment() { return m_environment; }
    const QProcessEnvironment& environment() const { return m_environment; }

private:
    QString m_name;
    QTemporaryDir m_home;
    QProcessEnvironment m_environment;
};

/// Polls a condition that only other processes can bring about, until the deadline.
bool eventually(const std::function<bool()>& condition);

} // namespace sotto::test
