// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/actor.h"

#include <QFile>
#include <QJsonDocument>

namespace sotto::torture {

namespace {

constexpr int kBatch = 100;

} // namespace

Actor::Actor(Findings& findings, const Cast& cast, const QString& name, const QString& peer, Place place)
    : m_findings(findings)
    , m_person(cast.person(name))
    , m_peer(peer)
    , m_place(place)
    , m_printed(m_person->home() + "/printed")
    , m_lines(m_person->home() + "/lines")
    , m_said(m_person->home() + "/said") {}

void Actor::tend() {
    if (!m_reader || !m_reader->isRunning()) {
        if (m_reader && !m_readerKilled) {
            m_findings.violation("broken", name() + "'s reader ended by itself with " +
                                               QString::number(m_reader->exitCode().value_or(-1)) + ": " +
                                               errors());
        }
        startReader();
    }
    if (m_sender && !m_sender->isRunning()) {
        m_sender.reset();
        reconcile();
    }
    if (!m_sender && m_confirmed.size() < m_toSay) {
        startSender();
    }
}

qint64 Actor::printed() {
    QFile file(m_printed);
    if (file.open(QFile::ReadOnly) && file.seek(m_printedBytes)) {
        const QByteArray news = file.readAll();
        const qsizetype whole = news.lastIndexOf('\n') + 1;
        m_printedBytes += whole;
        for (const QByteArray& line : news.left(whole).split('\n')) {
            const QJsonObject object = QJsonDocument::fromJson(line).object();
            if (object["type"] == "link" && object["state"] == "drained") {
                m_online = true;
            }
            if (object["type"] == "message") {
                m_lastCursor = object["cursor"].toString().toLongLong();
                if (object["direction"] == "in" && object["kind"] == "text") {
                    m_seen.insert(object["id"].toString());
                }
            }
        }
    }
    return m_seen.size();
}

bool Actor::isOnline() {
    printed();
    return m_online && m_reader && m_reader->isRunning();
}

bool Actor::isAnswered() const {
    const test::Outcome status = m_person->json({"status"});
    return status.exit == 0 && status.objects().first()["queued"].toInteger() == 0;
}

void Actor::startReader() {
    QStringList arguments = {"--json", "recv", "--follow", "--types", "message,sent,alarm,key_change,link"};
    printed(); // what came before the kill is no news of the next reader
    if (m_place == Place::Printed) {
        arguments += {"--since", m_lastCursor == 0 ? QString("start") : QString::number(m_lastCursor)};
    }
    beginRun(m_printed, m_readerKilled && m_place == Place::Kept ? RunAfter::Kill : RunAfter::End);
    Launch launch = launchFor(*m_person, arguments);
    launch.out = m_printed.toStdString();
    m_reader = std::make_unique<Process>(launch);
    m_readerKilled = false;
    m_online = false;
}

void Actor::startSender() {
    m_batch = std::exchange(m_leftOver, {});
    while (m_batch.size() < kBatch && m_next < m_toSay) {
        // Some are long, most are short.
        const qint64 number = ++m_next;
        m_batch.append(numbered(name(), number) + (number % 10 == 0 ? " " + QString(1500, 'x') : QString()));
    }
    QFile::remove(m_lines);
    QFile::remove(m_said);
    append(m_lines, (m_batch.join('\n') + "\n").toUtf8());
    Launch launch = launchFor(*m_person, {"--json", "send", "@" + m_peer, "--lines"});
    launch.in = m_lines.toStdString();
    launch.out = m_said.toStdString();
    m_sender = std::make_unique<Process>(launch);
}

void Actor::reconcile() {
    QStringList left = m_batch;
    for (const QByteArray& line : contents(m_said).split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        if (object["type"] == "message") {
            const QString text = object["text"].toString();
            left.removeOne(text);
            m_confirmed.append(text);
        }
    }
    if (!left.isEmpty()) {
        m_findings.count("reconciled");
        // Twice: a send that the dead sender had handed to the profile's owner is carried out before the
        // second.
        Checker::newest(*m_person, m_peer, 1);
        for (const Entry& entry : Checker::newest(*m_person, m_peer, 200)) {
            if (entry.outgoing && left.removeOne(entry.text)) {
                m_confirmed.append(entry.text);
            }
        }
    }
    m_leftOver = left;
}

void Actor::killReader() {
    m_reader->kill();
    m_readerKilled = true;
}

bool Actor::killSender() {
    if (m_sender && m_sender->isRunning()) {
        m_sender->kill();
        return true;
    }
    return false;
}

void Actor::end() {
    m_reader->signal(SIGTERM);
    if (!m_reader->waitForEnd(std::chrono::seconds(10)) || m_reader->exitCode() != 0) {
        m_findings.violation("broken", name() + "'s reader does not end well: " +
                                           QString::number(m_reader->exitCode().value_or(-1)) + " " +
                                           errors());
    }
}

} // namespace sotto::torture
