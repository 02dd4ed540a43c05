// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a torture run counted and what it found wrong. Parts that ran in other processes are added up.

#include <QByteArray>
#include <QStringList>
#include <map>

namespace sotto::torture {

class Findings {
public:
    /// Three figures stand in every summary, also as 0.
    Findings()
        : m_figures{{"lost", 0}, {"doubled", 0}, {"misordered", 0}} {}

    void count(const QString& figure, qint64 by = 1) { m_figures[figure] += by; }
    void set(const QString& figure, qint64 value) { m_figures[figure] = value; }
    qint64 figure(const QString& name) const;
    /// Something promised did not hold; `figure` is lost, doubled, misordered or broken.
    void violation(const QString& figure, const QString& what);
    /// A part that could not run here, and why.
    void skip(const QString& part, const QString& why);
    bool isClean() const { return m_violations.isEmpty(); }

    void add(const Findings& other);
    /// One line of JSON; `more` stands before the figures.
    QByteArray toJson(const QList<std::pair<QString, qint64>>& more = {}) const;
    static Findings fromJson(const QByteArray& json);

private:
    std::map<QString, qint64> m_figures;
    QStringList m_violations;
    QStringList m_skipped;
};

} // namespace sotto::torture
