// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/programs.h"

#include "core/rpc/schema.h"
#include "tests/support/json_schema.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QJsonDocument>
#include <QThread>
#include <csignal>
#include <stdexcept>
#include <sys/prctl.h>

namespace sotto::test {

namespace {

QStringList lines(const QString& text) {
    return text.split('\n', Qt::SkipEmptyParts);
}

} // namespace

QString program(const QString& name) {
    return qEnvironmentVariable("SOTTO_BIN_DIR") + "/" + name;
}

QList<QJsonObject> Outcome::objects() const {
    QList<QJsonObject> found;
    for (const QString& line : lines(out)) {
        found.append(QJsonDocument::fromJson(line.toUtf8()).object());
    }
    return found;
}

QString Outcome::invalid() const {
    for (const QString& line : lines(out)) {
        const QJsonDocument document = QJsonDocument::fromJson(line.toUtf8());
        const QJsonObject schema = rpc::schemaOf(document["type"].toString().toStdString());
        const QString bad = schema.isEmpty() ? "no such type" : schemaViolation(schema, document.object());
        if (!bad.isEmpty()) {
            return bad + " in " + line;
        }
    }
    return {};
}

QByteArray Outcome::toString() const {
    return ("exit " + QString::number(exit) + "\nstdout: " + out + "\nstderr: " + err).toUtf8();
}

Relay::Relay(QStringList options)
    : m_options(std::move(options)) {
    start();
}

Relay::~Relay() {
    kill();
}

void Relay::start() {
    m_process = std::make_unique<QProcess>();
    // A test that is killed leaves no relay behind.
    m_process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_process->start(program("sotto-relay"),
                     QStringList{"up", "--listen", "127.0.0.1:" + QString::number(m_port), "--data",
                                 m_home.filePath("relay"), "--json"} +
                         m_options);
    while (!m_process->canReadLine()) {
        if (!m_process->waitForReadyRead(kPatienceMs)) {
            throw std::runtime_error("no relay: " + m_process->readAllStandardError().toStdString());
        }
    }
    const QJsonObject ready = QJsonDocument::fromJson(m_process->readLine()).object();
    m_port = ready["port"].toInt();
    m_links.clear();
    for (const auto& link : ready["join_links"].toArray()) {
        m_links.append(link.toString());
    }
}

void Relay::kill() {
    if (m_process && m_process->state() != QProcess::NotRunning) {
        m_process->kill();
        m_process->waitForFinished(kPatienceMs);
    }
}

int Relay::terminate() {
    m_process->terminate();
    m_process->waitForFinished(kPatienceMs);
    return m_process->exitStatus() == QProcess::NormalExit ? m_process->exitCode() : -1;
}

QString Relay::joinLink() {
    if (m_links.isEmpty()) {
        throw std::runtime_error("no join link left");
    }
    return m_links.takeFirst();
}

Running::Running(const QString& name, const QStringList& arguments, const QProcessEnvironment& environment) {
    m_process.setProcessEnvironment(environment);
    m_process.start(name, arguments);
    if (!m_process.waitForStarted(kPatienceMs)) {
        throw std::runtime_error("cannot start " + name.toStdString());
    }
}

Running::~Running() {
    kill();
}

QString Running::out() {
    m_out += QString::fromUtf8(m_process.readAllStandardOutput());
    return m_out;
}

QString Running::err() {
    m_err += QString::fromUtf8(m_process.readAllStandardError());
    return m_err;
}

bool Running::waitForLine(const QString& text) {
    const QDeadlineTimer deadline(kPatienceMs);
    while (true) {
        for (const QString& line : lines(out().left(out().lastIndexOf('\n') + 1))) {
            if (line.contains(text)) {
                return true;
            }
        }
        if (m_process.state() == QProcess::NotRunning ||
            (!m_process.waitForReadyRead(static_cast<int>(deadline.remainingTime())) &&
             deadline.hasExpired())) {
            return out().contains(text);
        }
    }
}

bool Running::waitForLines(int count) {
    const QDeadlineTimer deadline(kPatienceMs);
    while (out().count('\n') < count) {
        if (m_process.state() == QProcess::NotRunning ||
            (!m_process.waitForReadyRead(static_cast<int>(deadline.remainingTime())) &&
             deadline.hasExpired())) {
            return out().count('\n') >= count;
        }
    }
    return true;
}

bool Running::waitForEnd() {
    return m_process.state() == QProcess::NotRunning || m_process.waitForFinished(kPatienceMs);
}

void Running::kill() {
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished(kPatienceMs);
    }
}

int Running::terminate() {
    m_process.terminate();
    return waitForEnd() && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

int Running::interrupt() {
    ::kill(static_cast<pid_t>(m_process.processId()), SIGINT);
    return waitForEnd() && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

Person::Person(const QString& name)
    : m_name(name) {
    m_environment = QProcessEnvironment::systemEnvironment();
    for (const char* folder : {"data", "config", "state", "run"}) {
        QDir(m_home.path()).mkdir(folder);
    }
    QFile::setPermissions(m_home.filePath("run"), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    m_environment.insert("HOME", m_home.path());
    m_environment.insert("XDG_DATA_HOME", m_home.filePath("data"));
    m_environment.insert("XDG_CONFIG_HOME", m_home.filePath("config"));
    m_environment.insert("XDG_CONFIG_DIRS", m_home.filePath("system"));
    m_environment.insert("XDG_STATE_HOME", m_home.filePath("state"));
    m_environment.insert("XDG_RUNTIME_DIR", m_home.filePath("run"));
    m_environment.insert("TZ", "UTC");
    m_environment.insert("LC_ALL", "C.UTF-8");
}

Person::Person(const QString& name, Relay& relay)
    : Person(name) {
    must({"account", "new", "--name", name, "--link", relay.joinLink(), "--key-file", "--timeout", "2m"});
}

Outcome Person::run(const QStringList& arguments, const QByteArray& input) const {
    QProcess process;
    process.setProcessEnvironment(m_environment);
    process.start(program("sotto"), arguments);
    process.write(input);
    process.closeWriteChannel();
    Outcome outcome;
    if (process.waitForFinished(kPatienceMs) && process.exitStatus() == QProcess::NormalExit) {
        outcome.exit = process.exitCode();
    } else {
        process.kill();
        process.waitForFinished(kPatienceMs);
    }
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.err = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

Outcome Person::json(const QStringList& arguments, const QByteArray& input) const {
    const Outcome outcome = run(QStringList{"--json"} + arguments, input);
    if (const QString bad = outcome.invalid(); !bad.isEmpty()) {
        throw std::runtime_error(bad.toStdString());
    }
    return outcome;
}

std::unique_ptr<Running> Person::start(const QStringList& arguments) const {
    return std::make_unique<Running>(program("sotto"), arguments, m_environment);
}

Outcome Person::must(const QStringList& arguments, int exit) const {
    const Outcome outcome = run(arguments);
    if (outcome.exit != exit) {
        throw std::runtime_error(m_name.toStdString() + ": sotto " + arguments.join(' ').toStdString() +
                                 ": " + outcome.toString().toStdString());
    }
    return outcome;
}

std::unique_ptr<Running> Person::follow(const QStringList& more) const {
    auto running = start(QStringList{"--json", "recv", "--follow", "--types", "message,link"} + more);
    if (!running->waitForLine("\"state\":\"drained\"")) {
        throw std::runtime_error("not connected: " + running->err().toStdString());
    }
    return running;
}

QStringList Person::history(const QString& with) const {
    const Outcome log = json({"log", with, "-n", "200", "--after", ""});
    QStringList texts;
    for (const QJsonObject& object : log.objects()) {
        if (object["type"] == QJsonValue("message")) {
            texts.append((object["direction"] == QJsonValue("out") ? ">" : "<") + object["text"].toString());
        }
    }
    return texts;
}

bool eventually(const std::function<bool()>& condition) {
    const QDeadlineTimer deadline(kPatienceMs);
    while (!condition()) {
        if (deadline.hasExpired()) {
            return false;
        }
        QThread::msleep(20); // between looks at another process, not instead of looking
    }
    return true;
}

} // namespace sotto::test
