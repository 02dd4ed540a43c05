// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/findings.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cstdio>

namespace sotto::torture {

namespace {

/// Enough to see what happened; the figures count them all.
constexpr qsizetype kMostSentences = 20;

} // namespace

qint64 Findings::figure(const QString& name) const {
    const auto found = m_figures.find(name);
    return found == m_figures.end() ? 0 : found->second;
}

void Findings::violation(const QString& figure, const QString& what) {
    count(figure);
    std::fprintf(stderr, "VIOLATION (%s): %s\n", qPrintable(figure), qPrintable(what));
    if (m_violations.size() < kMostSentences) {
        m_violations.append(figure + ": " + what);
    }
}

void Findings::skip(const QString& part, const QString& why) {
    std::fprintf(stderr, "skipped: %s: %s\n", qPrintable(part), qPrintable(why));
    m_skipped.append(part + ": " + why);
}

void Findings::add(const Findings& other) {
    for (const auto& [name, value] : other.m_figures) {
        m_figures[name] += value;
    }
    m_violations += other.m_violations;
    m_skipped += other.m_skipped;
}

QByteArray Findings::toJson(const QList<std::pair<QString, qint64>>& more) const {
    // By hand in the outer object only, so that what people look for first stands first.
    QByteArray out = R"({"type":"torture","v":1)";
    const auto add = [&out](const QString& name, const QByteArray& value) {
        out += ",\"" + name.toUtf8() + "\":" + value;
    };
    for (const auto& [name, value] : more) {
        add(name, QByteArray::number(value));
    }
    for (const auto& [name, value] : m_figures) {
        add(name, QByteArray::number(value));
    }
    const auto list = [](const QStringList& texts) {
        return QJsonDocument(QJsonArray::fromStringList(texts)).toJson(QJsonDocument::Compact);
    };
    add("skipped", list(m_skipped));
    add("violations", list(m_violations));
    return out + "}";
}

Findings Findings::fromJson(const QByteArray& json) {
    Findings findings;
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (member->isDouble() && member.key() != "v") {
            findings.m_figures[member.key()] = member->toInteger();
        }
    }
    for (const auto& text : object["violations"].toArray()) {
        findings.m_violations.append(text.toString());
    }
    for (const auto& text : object["skipped"].toArray()) {
        findings.m_skipped.append(text.toString());
    }
    return findings;
}

} // namespace sotto::torture
