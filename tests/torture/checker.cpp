// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/checker.h"

#include "tests/torture/cast.h"

#include <QHash>
#include <QJsonDocument>
#include <QSet>

namespace sotto::torture {

namespace {

const char* const kRunType = "run";
const int kPage = 200;

Entry entryOf(const QJsonObject& message) {
    return {message["id"].toString(),
            message["text"].toString(),
            message["kind"].toString(),
            message["state"].toString(),
            message["direction"].toString() == "out",
            message["cursor"].toString().toLongLong(),
            0};
}

QStringList textsOf(const QList<Entry>& entries, bool outgoing) {
    QStringList texts;
    for (const Entry& entry : entries) {
        if (entry.outgoing == outgoing) {
            texts.append(entry.text);
        }
    }
    return texts;
}

} // namespace

void beginRun(const QString& path, RunAfter after) {
    append(path, after == RunAfter::Kill ? "{\"type\":\"run\",\"after\":\"kill\"}\n"
                                         : "{\"type\":\"run\",\"after\":\"end\"}\n");
}

QList<Entry> Checker::history(const test::Person& person, const QString& with) {
    QList<Entry> entries;
    QString after = "";
    while (true) {
        const test::Outcome outcome =
            person.json({"log", "@" + with, "-n", QString::number(kPage), "--after", after});
        if (outcome.exit != 0) {
            throw std::runtime_error("no log: " + outcome.toString().toStdString());
        }
        const QList<QJsonObject> objects = outcome.objects();
        for (const QJsonObject& object : objects) {
            if (object["type"] == "message") {
                entries.append(entryOf(object));
            }
        }
        after = objects.last()["next"].toString();
        if (after.isEmpty() || objects.size() <= kPage) {
            return entries;
        }
    }
}

QList<Entry> Checker::newest(const test::Person& person, const QString& with, int count) {
    const test::Outcome outcome = person.json({"log", "@" + with, "-n", QString::number(count)});
    if (outcome.exit != 0) {
        throw std::runtime_error("no log: " + outcome.toString().toStdString());
    }
    QList<Entry> entries;
    for (const QJsonObject& object : outcome.objects()) {
        if (object["type"] == "message") {
            entries.append(entryOf(object));
        }
    }
    return entries;
}

QList<Entry> Checker::readPrinted(const QString& path) {
    QList<Entry> entries;
    int run = -1;
    bool afterKill = false;
    QHash<QString, Entry> seen;
    QSet<QString> inRun;
    for (const QByteArray& line : contents(path).split('\n')) {
        if (line.isEmpty()) {
            continue;
        }
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QString type = object["type"].toString();
        if (type == kRunType) {
            ++run;
            afterKill = object["after"] == "kill";
            inRun.clear();
            continue;
        }
        if (type == "alarm" || type == "key_change") {
            m_findings.violation("broken", m_where + ": a false alarm: " + line);
            continue;
        }
        if (type != "message") {
            if (type.isEmpty()) {
                m_findings.violation("broken", m_where + ": printed what is no JSON: " + line.left(200));
            }
            continue;
        }
        Entry entry = entryOf(object);
        entry.run = run;
        if (entry.outgoing) {
            continue;
        }
        if (entry.kind != "text") {
            // A gap or placeholder is said when it is noticed; what counts is that none is left in the end.
            m_findings.count("printed_stand_ins");
            continue;
        }
        const auto known = seen.constFind(entry.id);
        if (known == seen.constEnd()) {
            seen.insert(entry.id, entry);
            entries.append(entry);
        } else if (inRun.contains(entry.id) || !afterKill || known->cursor != entry.cursor ||
                   known->text != entry.text) {
            m_findings.violation("doubled", m_where + ": printed twice: " + entry.text.left(80));
        } else {
            m_findings.count("printed_again_after_kill");
        }
        inRun.insert(entry.id);
    }
    return entries;
}

void Checker::compare(const QStringList& expected, const QStringList& found, const QString& what,
                      bool ordered) {
    if (expected == found) {
        return;
    }
    QHash<QString, int> wanted;
    for (const QString& text : expected) {
        ++wanted[text];
    }
    QHash<QString, int> have;
    for (const QString& text : found) {
        ++have[text];
    }
    bool same = true;
    for (auto text = wanted.begin(); text != wanted.end(); ++text) {
        if (have.value(text.key()) < text.value()) {
            same = false;
            m_findings.violation("lost", m_where + ": not " + what + ": " + text.key().left(80));
        }
    }
    for (auto text = have.begin(); text != have.end(); ++text) {
        if (text.value() > wanted.value(text.key())) {
            same = false;
            m_findings.violation(wanted.contains(text.key()) ? "doubled" : "broken",
                                 m_where + ": more often than sent " + what + ": " + text.key().left(80));
        }
    }
    for (qsizetype i = 0; same && ordered && i < expected.size(); ++i) {
        if (expected[i] != found[i]) {
            m_findings.violation("misordered", m_where + ": " + what + ": " + found[i].left(80) + " where " +
                                                   expected[i].left(80) + " belongs");
            return;
        }
    }
}

void Checker::delivered(const QStringList& confirmed, const QList<Entry>& atSender,
                        const QList<Entry>& atRecipient, const QString& printedPath) {
    for (const Entry& entry : atRecipient) {
        if (entry.kind != "text") {
            m_findings.violation("broken", m_where + ": a " + entry.kind + " in the conversation");
        }
    }
    for (const Entry& entry : atSender) {
        if (entry.outgoing && entry.state != "sent" && entry.state != "delivered" && entry.state != "read") {
            m_findings.violation("lost",
                                 m_where + ": still " + entry.state + " in the end: " + entry.text.left(80));
        }
    }
    const QStringList sent = textsOf(atSender, true);
    const QSet<QString> known(sent.begin(), sent.end());
    for (const QString& text : confirmed) {
        if (!known.contains(text)) {
            m_findings.violation("lost",
                                 m_where + ": confirmed, and not in the sender's database: " + text.left(80));
        }
    }
    if (known.size() != sent.size()) {
        m_findings.violation("doubled", m_where + ": the sender's database has a text twice");
    }
    compare(sent, textsOf(atRecipient, false), "in the recipient's database");
    if (!printedPath.isEmpty()) {
        compare(sent, textsOf(readPrinted(printedPath), false), "printed by the recipient", !m_lateArrivals);
    }
}

void Checker::texts(const QStringList& expected, const QStringList& found) {
    compare(expected, found, "in the recipient's database");
}

void Checker::printed(const QStringList& expected, const QString& path) {
    compare(expected, textsOf(readPrinted(path), false), "printed");
}

} // namespace sotto::torture
