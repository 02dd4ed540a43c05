// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/cast.h"

#include "core/db/database.h"

#include <QFile>
#include <stdexcept>

namespace sotto::torture {

Cast::Cast(FaultProxy* proxy, const QString& faults)
    : m_relay(faults.isEmpty() ? unlimited() : unlimited() + QStringList{"--testing", "--faults", faults})
    , m_link(m_relay.joinLink()) {
    if (proxy != nullptr) {
        proxy->forwardTo(static_cast<std::uint16_t>(m_relay.port()));
        m_link.replace(":" + QString::number(m_relay.port()) + "/",
                       ":" + QString::number(proxy->port()) + "/");
    }
}

QStringList Cast::unlimited() {
    QStringList options = {"--open-registration"};
    for (const char* limit :
         {"handshakes-per-minute=1000000", "registrations-per-hour=1000000", "lookups-per-hour=1000000",
          "lookups-per-hour-per-address=1000000", "bundle-fetches-per-hour=1000000",
          "bundle-fetches-per-hour-per-target=1000000", "one-time-prekeys-per-hour-per-target=1000000",
          "publishes-per-hour=1000000", "messages-per-second=1000000", "messages-burst=1000000",
          "bytes-per-second=1000000000", "bytes-burst=1000000000", "mailbox-rows=10000000",
          "mailbox-bytes=100000000000", "mailbox-sender-percent=100", "disk-free-bytes=0"}) {
        options += {"--limit", limit};
    }
    return options;
}

std::unique_ptr<test::Person> Cast::person(const QString& name) const {
    auto person = std::make_unique<test::Person>(name);
    join(*person);
    return person;
}

void Cast::join(const test::Person& person) const {
    person.must({"account", "new", "--name", person.name(), "--link", m_link, "--key-file"});
}

void Cast::changeRelay(const QString& sql) const {
    auto database = db::Database::open((m_relay.directory() + "/relay/relay.db").toStdString(), {});
    const std::string text = sql.toStdString();
    if (!database || !database->transaction([&] { database->execute(text); })) {
        throw std::runtime_error("cannot change the relay's database");
    }
}

Launch Cast::relayLaunch() const {
    Launch launch;
    launch.program = test::program("sotto-relay").toStdString();
    const QStringList arguments = QStringList{"up",
                                              "--listen",
                                              "127.0.0.1:" + QString::number(m_relay.port()),
                                              "--data",
                                              m_relay.directory() + "/relay",
                                              "--json"} +
                                  unlimited();
    for (const QString& argument : arguments) {
        launch.arguments.push_back(argument.toStdString());
    }
    for (const QString& variable : QProcessEnvironment::systemEnvironment().toStringList()) {
        launch.environment.push_back(variable.toStdString());
    }
    return launch;
}

Launch launchFor(const test::Person& person, const QStringList& arguments) {
    Launch launch;
    launch.program = test::program("sotto").toStdString();
    for (const QString& argument : arguments) {
        launch.arguments.push_back(argument.toStdString());
    }
    for (const QString& variable : person.environment().toStringList()) {
        launch.environment.push_back(variable.toStdString());
    }
    launch.err = (person.home() + "/err").toStdString();
    return launch;
}

QString numbered(const QString& author, qint64 number) {
    return author + " " + QString::number(number);
}

void append(const QString& path, const QByteArray& text) {
    QFile file(path);
    if (!file.open(QFile::WriteOnly | QFile::Append) || file.write(text) != text.size()) {
        throw std::runtime_error("cannot write " + path.toStdString());
    }
}

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace sotto::torture
