// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The real sotto-relay as a child process.

#include "core/wire/link.h"
#include "tests/relay/account_fixture.h"
#include "tests/relay/raw_client.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <csignal>
#include <stdexcept>
#include <sys/resource.h>

namespace sotto::relay {

class RelayProcess {
public:
    explicit RelayProcess(QStringList options = {}) { start(std::move(options)); }
    ~RelayProcess() { kill(); }

    static QString program() { return qEnvironmentVariable("SOTTO_BIN_DIR") + "/sotto-relay"; }
    QString data() const { return m_directory.filePath("data"); }

    /// Waits for the ready line; throws with the relay's words when there is none.
    void start(QStringList options = {}) {
        m_options = options;
        process = std::make_unique<QProcess>();
        if (descriptors != 0) {
            process->setChildProcessModifier([count = descriptors] {
                const rlimit limit{count, count};
                ::setrlimit(RLIMIT_NOFILE, &limit);
            });
        }
        process->start(program(),
                       QStringList{"up", "--listen", "127.0.0.1:0", "--data", data(), "--json"} + options);
        while (!process->canReadLine()) {
            if (!process->waitForReadyRead(RawClient::kPatience)) {
                throw std::runtime_error("no ready line: " + process->readAllStandardError().toStdString());
            }
        }
        ready = QJsonDocument::fromJson(process->readLine()).object();
        port = static_cast<std::uint16_t>(ready["port"].toInt());
        plain = ready["plain"].toBool();
        m_nextLink = 0;
    }
    void restart() { start(m_options); }
    void kill() {
        if (process && process->state() != QProcess::NotRunning) {
            process->kill(); // -9
            process->waitForFinished(RawClient::kPatience);
        }
    }
    /// SIGTERM; the exit code, or -1.
    int terminate() {
        process->terminate();
        if (!process->waitForFinished(RawClient::kPatience)) {
            return -1;
        }
        return process->exitStatus() == QProcess::NormalExit ? process->exitCode() : -1;
    }
    Bytes invite() {
        const QString link = ready["join_links"].toArray()[m_nextLink++].toString();
        const auto parsed = wire::parseJoinLink(link.toStdString());
        if (!parsed) {
            throw std::runtime_error("no join link left: '" + link.toStdString() + "'");
        }
        return parsed->invite;
    }

    struct Connected {
        RawClient client;
        Greeting greeting;
    };
    /// Over TLS unless the relay is plain; the Challenge has been read.
    Connected connect(const char* from = "127.0.0.1") {
        Connected connected;
        if (!connected.client.connect(port, from) || (!plain && !connected.client.startTls()) ||
            connected.client.upgrade().find(" 101 ") == std::string::npos) {
            throw std::runtime_error("no connection");
        }
        const pb::Frame frame = connected.client.readFrame();
        if (!frame.has_challenge()) {
            throw std::runtime_error("no challenge");
        }
        connected.greeting = greetingOf(frame.challenge(), !plain);
        return connected;
    }
    void registerAccount(const TestAccount& account) {
        Connected connected = connect();
        connected.client.sendFrame(account.registration(connected.greeting, invite()));
        if (!connected.client.readFrame().has_registered()) {
            throw std::runtime_error("not registered");
        }
    }
    RawClient logIn(const TestAccount& account, std::uint32_t device = 1, const char* from = "127.0.0.1") {
        Connected connected = connect(from);
        connected.client.sendFrame(account.hello(connected.greeting, device));
        if (!connected.client.readFrame().has_welcome()) {
            throw std::runtime_error("not logged in");
        }
        return std::move(connected.client);
    }
    std::int64_t processorMilliseconds() const { return statistic(13) + statistic(14); }
    std::int64_t residentBytes() const { return field("/statm", 1) * ::sysconf(_SC_PAGESIZE); }

    rlim_t descriptors = 0; ///< set before restart(): the child's limit
    std::unique_ptr<QProcess> process;
    QJsonObject ready;
    std::uint16_t port = 0;
    bool plain = false;

private:
    std::int64_t field(const char* file, int index) const {
        QFile text("/proc/" + QString::number(process->processId()) + file);
        if (!text.open(QIODevice::ReadOnly)) {
            return 0;
        }
        return text.readAll().split(' ').value(index).toLongLong();
    }
    std::int64_t statistic(int index) const { return field("/stat", index) * 1000 / ::sysconf(_SC_CLK_TCK); }

    QTemporaryDir m_directory;
    QStringList m_options;
    int m_nextLink = 0;
};

} // namespace sotto::relay
