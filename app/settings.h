// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How the window of one profile was left: its place, its theme. Nothing of anybody's messages. What cannot
/// be read is as if it had not been set.

#include "app/views/theme.h"

#include <QByteArray>
#include <QString>

namespace sotto::app {

class Settings {
public:
    /// file: an INI file; empty: nothing is kept.
    explicit Settings(QString file)
        : m_file(std::move(file)) {}

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    QByteArray geometry() const;
    void setGeometry(const QByteArray& geometry);
    QByteArray split() const;
    void setSplit(const QByteArray& split);

private:
    QVariant value(const char* key) const;
    void set(const char* key, const QVariant& value);
    QString m_file;
};

} // namespace sotto::app
